// ByteWatch: detects which byte values a line changes. Noise damages a different byte each time. A line that is not
// 8-bit clean does the same to the same value every time, and no correct frame ever contains that value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"

namespace serialtcp::tunnel {

class ByteWatch {
 public:
  /// A damaged frame, and the single changes that would explain the damage (wire/edits). Returns a change once, when it
  /// has become certain.
  std::optional<ByteChange> damaged(ByteView body, const std::vector<ByteChange>& explanations);
  /// Any damaged frame, while a link is up: each has a random check value or tag, so that many of them in a row without
  /// a highest bit show that the line sets it to 0.
  std::optional<ByteChange> stripped(ByteView body);
  /// A correct frame: every value in it arrives.
  void good(ByteView body);
  /// The same for a sealed frame, whose bytes are random; and a damaged one. A value that is in none of many
  /// frames does not arrive.
  std::optional<ByteChange> sealed(ByteView body);
  void sealed_damaged() { ++sealed_damaged_; }
  /// Bytes that have arrived while no peer has answered; the last ones are kept.
  void heard(ByteView bytes);
  const Bytes& last_heard() const { return last_heard_; }
  /// Returns the change, unless it was reported before.
  std::optional<ByteChange> tell(const ByteChange& change);
  /// Another line, or other settings of it: changes may be reported again.
  void reset() { *this = ByteWatch{}; }

 private:
  struct Suspect {
    ByteChange change;
    int frames = 0;
  };

  std::optional<ByteChange> most_frequent(const std::vector<ByteChange>& explanations);
  bool seven_bits(ByteView body);

  std::vector<Suspect> suspects_;  // oldest first
  int seven_bit_hellos_ = 0;
  int seven_bit_frames_ = 0;
  std::vector<ByteChange> told_;
  Bytes last_heard_;
  std::array<std::uint32_t, 256> sealed_counts_{};
  std::size_t sealed_bytes_ = 0;
  int sealed_damaged_ = 0;
};

}  // namespace serialtcp::tunnel
