// Compressor: makes a packed run (a zstd frame) of a stream's content, one piece at a time. Each piece is
// flushed, so that the other end can unpack it at once. It holds the run's dictionary (about 1.2 MB). It does
// not know streams, nor whether packing is worthwhile.
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
  /// `window_log`: 10 to 31; the other end must remember a window of 2^window_log bytes.
  explicit Compressor(unsigned window_log);

  /// Appends the packed form of `content`, from which all of it can be unpacked.
  void pack(ByteView content, Bytes& out);
  /// Appends the end of the run; nothing may follow.
  void finish(Bytes& out);

 private:
  CompressorContext context_;
};

/// Compresses a small sample alone, cheaply.
class Probe {
 public:
  /// The size of the sample (at most kMostSample bytes) when compressed alone.
  std::size_t packed_size(ByteView sample);

  static constexpr std::size_t kMostSample = 1024;

 private:
  CompressorContext context_;
};

}  // namespace serialtcp::mux
