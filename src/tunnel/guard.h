// FrameGuard: makes what tells a frame from noise, while the frame is being composed: its check value, or its seal. It
// holds the state of one frame and does not know what the bytes mean.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "base/cursor.h"
#include "secure/aead.h"
#include "wire/check_value.h"
#include "wire/fingerprint.h"

namespace serialtcp::tunnel {

class FrameGuard {
 public:
  FrameGuard(const wire::CheckContext& context, ByteView header)
      : state_(Clear{wire::CheckValue(context), wire::Fingerprint(context)}) {
    cover(header, {});
  }
  /// The sealer has covered the header already.
  explicit FrameGuard(secure::Sealer sealer) : state_(std::move(sealer)) {}

  /// The bytes for the line: these bytes, or their ciphertext, which is written to `scratch`.
  ByteView cover(ByteView bytes, MutableByteView scratch) {
    if (auto* const clear = std::get_if<Clear>(&state_)) {
      clear->check.add(bytes);
      clear->fingerprint.add(bytes);
      return bytes;
    }
    CHECK(bytes.size() <= scratch.size());
    std::get<secure::Sealer>(state_).seal(bytes, scratch.data());
    return scratch.first(bytes.size());
  }

  /// Writes the end of the frame: check value or tag.
  void finish(wire::FrameEnd end, base::Writer& out) {
    if (const auto* const clear = std::get_if<Clear>(&state_)) {
      out.little(clear->check.finish(end), wire::kCheckSize);
    } else {
      out.bytes(std::get<secure::Sealer>(state_).finish(static_cast<Byte>(end)));
    }
  }

  /// Writes the check value of a part (wire/parts.h), which must then be covered, too. Not of a sealed frame.
  void finish_part(base::Writer& out) const {
    const auto* const clear = std::get_if<Clear>(&state_);
    CHECK(clear != nullptr);
    out.little(clear->check.finish_part(), wire::kCheckSize);
  }

  /// By this value the end recognizes its own frame when the peer has repaired it. Sealed frames have none.
  std::optional<std::uint64_t> fingerprint(wire::FrameEnd end) const {
    const auto* const clear = std::get_if<Clear>(&state_);
    return clear != nullptr ? std::optional(clear->fingerprint.finish(end)) : std::nullopt;
  }

  static constexpr std::size_t kMaxSize = secure::kTagSize;

 private:
  struct Clear {
    wire::CheckValue check;
    wire::Fingerprint fingerprint;
  };
  std::variant<Clear, secure::Sealer> state_;
};

}  // namespace serialtcp::tunnel
