#include "mux/decompressor.h"

#include <zstd.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace serialtcp::mux {

void Decompressor::Free::operator()(ZSTD_DCtx_s* context) const {
  ZSTD_freeDCtx(context);
}

Decompressor::Decompressor(DecompressorPool& pool) : pool_(pool), context_(ZSTD_createDCtx()) {
  CHECK(context_ != nullptr);
  const int window_log = static_cast<int>(pool.window_log);
  CHECK(ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log)) == 0);
  ++pool_.in_use;
}

Decompressor::~Decompressor() {
  --pool_.in_use;
}

Decompressor::Outcome Decompressor::unpack(ByteView& packed, std::size_t most, base::ByteQueue& content) {
  std::array<Byte, 16 * 1024> buffer;
  for (;;) {
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    // Space for one byte more than is permitted, so that an excess is detected.
    ZSTD_outBuffer out{buffer.data(), std::min(buffer.size(), most + 1), 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) return Outcome::broken;
    packed = packed.subspan(in.pos);
    if (out.pos > most) return Outcome::too_much;
    content.append(ByteView(buffer).first(out.pos));
    most -= out.pos;
    if (left == 0) return Outcome::ended;
    if (packed.empty() && out.pos < out.size) return Outcome::wants_more;
  }
}

}  // namespace serialtcp::mux
