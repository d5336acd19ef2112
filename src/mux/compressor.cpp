#include "mux/compressor.h"

#include <zstd.h>

#include <array>

#include "base/check.h"

namespace serialtcp::mux {

namespace {

// The highest level that is fast enough for lines of some MB/s. Its tables are reduced (0.4 MB instead of 1
// MB), which costs 1 % for text.
constexpr int kLevel = 3;
constexpr int kHashLog = 15;
constexpr int kChainLog = 15;
constexpr int kProbeLevel = 1;

/// These fail only when there is no memory left.
std::size_t checked(std::size_t result) {
  CHECK(ZSTD_isError(result) == 0);
  return result;
}

CompressorContext new_context(int level) {
  CompressorContext context(ZSTD_createCCtx());
  CHECK(context != nullptr);
  checked(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level));
  checked(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0));
  return context;
}

void run(ZSTD_CCtx* context, ByteView content, ZSTD_EndDirective end, Bytes& out) {
  ZSTD_inBuffer in{content.data(), content.size(), 0};
  std::array<Byte, 4096> buffer;
  for (;;) {
    ZSTD_outBuffer packed{buffer.data(), buffer.size(), 0};
    const std::size_t left = checked(ZSTD_compressStream2(context, &packed, &in, end));
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(packed.pos));
    if (left == 0) return;
  }
}

}  // namespace

void FreeCompressor::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

Compressor::Compressor(unsigned window_log) : context_(new_context(kLevel)) {
  checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, static_cast<int>(window_log)));
  checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_hashLog, kHashLog));
  checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_chainLog, kChainLog));
}

void Compressor::pack(ByteView content, Bytes& out) {
  run(context_.get(), content, ZSTD_e_flush, out);
}

void Compressor::finish(Bytes& out) {
  run(context_.get(), {}, ZSTD_e_end, out);
}

std::size_t Probe::packed_size(ByteView sample) {
  CHECK(sample.size() <= kMostSample);
  if (!context_) context_ = new_context(kProbeLevel);
  std::array<Byte, 2 * kMostSample> buffer;
  return checked(ZSTD_compress2(context_.get(), buffer.data(), buffer.size(), sample.data(), sample.size()));
}

}  // namespace serialtcp::mux
