// Decompressor: unpacks one packed run (a zstd frame) as it arrives. It holds the run's window (about 0.6
// MB), and counts itself in the pool. It does not know streams or credit, only how much it may produce.
#pragma once

#include <cstddef>
#include <memory>

#include "base/byte_queue.h"
#include "serialtcp/bytes.h"

struct ZSTD_DCtx_s;

namespace serialtcp::mux {

/// All decompressors of an endpoint.
struct DecompressorPool {
  unsigned window_log = 0;  ///< the largest window that a peer may use; 0: it must not pack
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
    wants_more,  ///< everything was taken, and unpacked as far as possible
    ended,       ///< the run has ended; `packed` is what follows it
    too_much,    ///< it would produce more than `most`
    broken,      ///< it is not a run, or needs a larger window than permitted
  };
  /// Unpacks the beginning of `packed` and removes it; appends at most `most` bytes to `content`. Must not be
  /// called again after any result except wants_more.
  Outcome unpack(ByteView& packed, std::size_t most, base::ByteQueue& content);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  DecompressorPool& pool_;
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace serialtcp::mux
