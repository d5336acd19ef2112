// DuplexWatch: does this line look as if only one end could talk at a time, although nobody has said so?
//
// Two signs, each of which must last for several windows of some seconds:
//   - much is lost, and although this end sends most of the time, nothing is ever heard while it does: two wires
//     with a deaf talker. On an ordinary line acks arrive all the time
//   - much is lost, and the line is much slower than the port: a radio with little air and a small buffer. What
//     noise destroys does not make a line slower
// It knows no frames and no clock.
#pragma once

#include <cstdint>

#include "serialtcp/time.h"

namespace serialtcp::link {

class DuplexWatch {
 public:
  /// Totals of this link so far.
  struct Totals {
    std::uint64_t frames_sent = 0;
    std::uint64_t frames_lost = 0;
    std::uint64_t bytes_sent = 0;
  };
  enum class Heard : std::uint8_t { while_silent, while_sending };

  /// A good frame was heard. The rates are what the line carries as measured, and what the port says. Returns
  /// whether the line looks half-duplex.
  bool heard_frame(Heard heard, const Totals& totals, double rate, double nominal_rate, Time now);

 private:
  bool is_suspicious(const Totals& totals, double rate, double nominal_rate, Duration window) const;

  bool begun_ = false;
  Time since_{};
  Totals before_;
  int heard_ = 0;
  int heard_while_sending_ = 0;
  int suspicious_ = 0;  // windows in a row
};

}  // namespace serialtcp::link
