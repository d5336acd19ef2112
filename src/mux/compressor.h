// Compressor: makes a packed run of a stream's content (a zstd frame), a piece at a time, each flushed so
// that the other end can unpack it at once. It owns the run's dictionary (about 1.2 MB). It does not know
// streams, nor whether packing is worth it.
#pragma once

#include <memory>

#include "serialtcp/bytes.h"

struct ZSTD_CCtx_s;

namespace serialtcp::mux {

struct FreeCompressor {
  void operator()(ZSTD_CCtx_s* context) const;
};
using CompressorContext = std::unique_ptr<ZSTD_CCtx_s, FreeCompressor>;

class Compressor {
 public:
  /// `window_log`: 10 .. 31; the window of what the other end must remember is 2 to this.
  explicit Compressor(unsigned window_log);

  /// Appends what `content` is packed; all of it can be unpacked from that.
  void pack(ByteView content, Bytes& out);
  /// Appends the end of the run; nothing may follow.
  void finish(Bytes& out);

 private:
  CompressorContext context_;
};

/// Tries a small sample by itself, cheaply.
class Probe {
 public:
  /// How many bytes it would take, packed without anything before it. At most kMostSample.
  std::size_t packed_size(ByteView sample);

  static constexpr std::size_t kMostSample = 1024;

 private:
  CompressorContext context_;
};

}  // namespace serialtcp::mux
