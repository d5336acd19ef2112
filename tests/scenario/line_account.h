// LineAccount: what the bytes of one direction of a line are for, and for how long it was idle. For failure messages, and to
// see where the time of a transfer goes.
#pragma once

#include <array>
#include <string>

#include "wire/codec.h"
#include "world.h"

namespace serialtcp::test {

class LineAccount {
 public:
  /// Watches both directions from now on, in place of the tap of the pair, as long as the world lives.
  explicit LineAccount(World& world);

  /// Bytes that have arrived at this end since the beginning, by what they are for.
  struct Direction {
    std::uint64_t wire = 0;
    std::uint64_t frames = 0;
    std::uint64_t payload = 0;
    std::uint64_t headers = 0;
    std::uint64_t heads = 0;  ///< chunks, without the bytes of streams
    std::uint64_t acks = 0;
    std::uint64_t checks = 0;  ///< of frames
    std::uint64_t parts = 0;   ///< check values within frames
    std::uint64_t ends = 0;    ///< with escapes
  };
  const Direction& to(End end) const { return to_[index(end)]; }
  /// One line for each direction: parts of a thousand of the time since the beginning, at the rate of the line.
  std::string describe() const;

 private:
  static std::size_t index(End end) { return end == End::a ? 0 : 1; }
  void arrived(End to, ByteView bytes);
  static void count(Direction& direction, const wire::Decoder::Found& found, std::size_t on_wire);

  World& world_;
  Time since_;
  std::array<Direction, 2> to_{};
  std::array<wire::Decoder, 2> decoders_;
  std::array<std::size_t, 2> of_frame_{};  ///< bytes on the line of the frame that is arriving
};

}  // namespace serialtcp::test
