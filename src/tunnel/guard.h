// FrameGuard: what tells a frame from noise while it is being made: its check value, or its seal. It owns the
// state of one frame and does not know what the bytes mean.
#pragma once

#include <variant>

#include "base/cursor.h"
#include "line/check_value.h"
#include "secure/aead.h"

namespace serialtcp {

class FrameGuard {
 public:
  /// The header has been added already.
  explicit FrameGuard(const line::CheckValue& check) : state_(check) {}
  explicit FrameGuard(const secure::Sealer& sealer) : state_(sealer) {}

  /// What goes on the line for these bytes: they themselves, or their ciphertext, which is made in `scratch`.
  ByteView cover(ByteView bytes, MutableByteView scratch) {
    if (auto* const check = std::get_if<line::CheckValue>(&state_)) {
      check->add(bytes);
      return bytes;
    }
    CHECK(bytes.size() <= scratch.size());
    std::get<secure::Sealer>(state_).seal(bytes, scratch.data());
    return scratch.first(bytes.size());
  }

  /// What stands at the end of the frame.
  void finish(line::FrameEnd end, base::Writer& out) {
    if (const auto* const check = std::get_if<line::CheckValue>(&state_)) {
      out.little(check->finish(end), line::kCheckSize);
    } else {
      out.bytes(std::get<secure::Sealer>(state_).finish(static_cast<Byte>(end)));
    }
  }

  static constexpr std::size_t kMaxSize = secure::kTagSize;

 private:
  std::variant<line::CheckValue, secure::Sealer> state_;
};

}  // namespace serialtcp
