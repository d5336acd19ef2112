// PartLength: how long the next bulk frame is, and how long its parts, which the peer trusts before the frame has ended.
//
// Bytes that are echoed or relayed start late by one part, in a transfer of any length; a check value costs 4 bytes for each part.
// For a transfer of T seconds at R bytes a second, parts of sqrt(4 * R * T) bytes lose least. Where both directions are full it is
// probably an echo, or else both costs are small. Where only one is, it may be a relay. docs/protocol.md, "Parts".
#pragma once

#include <cstddef>
#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::link {

class PartLength {
 public:
  /// Payload bytes of the next bulk frame, and of its parts; 0: it has none.
  struct Plan {
    std::size_t payload = 0;
    std::size_t part = 0;
  };
  /// What is known of the line when the frame begins.
  struct Line {
    std::uint64_t rate = 0;      ///< bytes per second
    bool parts = false;          ///< frames may have them
    std::uint64_t received = 0;  ///< bytes so far
    bool shared = false;         ///< short data is sent beside this bulk
  };
  /// A bulk frame begins at `now`, of at most `whole` payload bytes without parts, and `divided` bytes with some.
  Plan plan(std::size_t whole, std::size_t divided, const Line& line, Time now);

 private:
  std::size_t parts_in(std::size_t payload, const Line& line, bool may_be_echoed) const;
  void note_burst(const Line& line, Time now);
  void note_received(const Line& line, Time now);

  Time bulk_until_{};  ///< the frames so far have left by then
  Time burst_since_{};
  unsigned frames_ = 0;  ///< of this burst
  Time measured_{};
  std::uint64_t measured_received_ = 0;
  bool both_full_ = false;
};

}  // namespace serialtcp::link
