// DeafWatch detects that this end receives nothing while it sends, as on two wires (RS-485) whose transceiver has its
// receiver switched off meanwhile: the numbers of the peer's frames show that it has sent, and yet hardly a byte arrived
// while this end was sending. Noise damages frames, but their bytes arrive. A cut loses everything, too, but not again and
// again.
//
// It knows neither frames nor a clock. docs/protocol.md, "Turns".
#pragma once

#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::link {

class DeafWatch {
 public:
  /// Bytes arrived while this end was sending.
  void heard_while_sending(std::size_t bytes) { heard_ += bytes; }
  /// A correct frame of the peer began to arrive while this end was sending.
  void frame_while_sending() { forget(); }

  /// Since the last correct frame of the peer.
  struct Since {
    std::uint64_t missing = 0;  ///< frames of the peer that should have arrived
    std::uint64_t damaged = 0;  ///< bytes that arrived, and were no correct frame
    std::uint64_t sent = 0;     ///< bytes that this end has sent
    double part_of_line = 0;    ///< the part of the time in which it was sending
  };
  /// A correct frame arrived while this end was silent. Returns whether the line is considered half-duplex.
  bool frame_in_silence(const Since& since, Time now);
  /// The line was away.
  void forget() { *this = {}; }

 private:
  std::uint64_t missing_ = 0;
  std::uint64_t heard_ = 0;
  int gaps_ = 0;
  int intact_ = 0;  ///< frames that arrived after this end had sent, without a gap
  Time first_gap_{};
  Time last_gap_{};
};

}  // namespace serialtcp::link
