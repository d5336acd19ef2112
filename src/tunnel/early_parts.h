// EarlyParts: looks into the frame that is still arriving, for parts of its DATA that are proven already (wire/parts.h). What the
// bytes mean is not known here.
//
// Nothing of a frame counts before a check value has proven it: the chunks before the first part are read in advance, but this has
// no effect until then. docs/protocol.md, "Parts".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"
#include "wire/check_value.h"
#include "wire/chunk.h"

namespace serialtcp::tunnel {

class EarlyParts {
 public:
  /// Whether the peer may divide its frames.
  void expect(bool parts) {
    expected_ = parts;
    frame_ended();
  }
  /// The bytes that arrive next belong to another frame.
  void frame_ended() {
    look_at_ = expected_ ? kFirstLook : kNothing;
    check_.reset();
  }
  /// Whether next() may find anything in a frame of which so much has arrived. Cheap.
  bool may_find(std::size_t arrived) const { return arrived >= look_at_; }

  struct Part {
    wire::chunk::Data data;  ///< to which it belongs; without bytes
    std::size_t place = 0;   ///< of the first byte within the data
    ByteView bytes;          ///< a view of the body
  };
  /// The next part that is proven by `body`, all that has arrived of the frame. Its number is one after `largest`, and completes
  /// `context`.
  std::optional<Part> next(ByteView body, const wire::CheckContext& context, std::uint64_t largest);

 private:
  static constexpr std::size_t kFirstLook = 72;  ///< header, chunks, and the shortest part
  static constexpr std::size_t kNothing = SIZE_MAX;

  bool begin(ByteView body, wire::CheckContext context, std::uint64_t largest);

  bool expected_ = false;
  std::size_t look_at_ = kNothing;         ///< bytes of the frame; with fewer there is nothing new to find
  std::optional<wire::CheckValue> check_;  ///< of the first `covered_` bytes, once the DATA has begun
  std::size_t covered_ = 0;
  wire::chunk::Data data_;
  std::size_t place_ = 0;
};

}  // namespace serialtcp::tunnel
