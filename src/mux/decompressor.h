// Decompressor: unpacks one packed run (a zstd frame) as it arrives. It owns the run's window (about 0.6 MB),
// and counts itself among those in use. It does not know streams or credit, only how much it may make of what
// it is given.
#pragma once

#include <cstddef>
#include <memory>

#include "base/byte_queue.h"
#include "serialtcp/bytes.h"

struct ZSTD_DCtx_s;

namespace serialtcp::mux {

/// All decompressors of an endpoint.
struct DecompressorPool {
  unsigned window_log = 0;  ///< largest window that a peer may use; 0: it may not pack
  std::size_t most = 0;     ///< that may be in use at once
  std::size_t in_use = 0;
};

class Decompressor {
 public:
  explicit Decompressor(DecompressorPool& pool);
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  enum class Outcome : std::uint8_t {
    wants_more,  ///< all was taken, and what could be made of it was
    ended,       ///< the run is over; `packed` is what follows it
    too_much,    ///< it makes more than `most`
    broken,      ///< it is no such run, or needs a larger window than allowed
  };
  /// Unpacks the beginning of `packed` and takes it off; appends to `content`, at most `most` bytes. Not to
  /// be called again after anything but `wants_more`.
  Outcome unpack(ByteView& packed, std::size_t most, base::ByteQueue& content);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  DecompressorPool& pool_;
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace serialtcp::mux
