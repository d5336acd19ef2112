// Rtt: the smoothed round trip and its variation (Jacobson 1988, RFC 6298), measured from when a frame left
// the line.
#pragma once

#include "serialtcp/time.h"

namespace serialtcp::link {

class Rtt {
 public:
  explicit Rtt(Duration initial) : smoothed_(initial), variation_(initial / 2) {}

  void sample(Duration rtt);
  bool measured() const { return measured_; }
  Duration smoothed() const { return smoothed_; }
  /// How long an answer may take after a frame has left, without the peer's own delay.
  Duration patience() const;

 private:
  Duration smoothed_;
  Duration variation_;
  bool measured_ = false;
};

}  // namespace serialtcp::link
