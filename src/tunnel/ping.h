// Ping: asks the peer for an answer, by a flag in the header of the next frame. Never lost: whoever waits for the
// answer asks again.
#pragma once

#include <utility>

#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class Ping final : public Speaker {
 public:
  void want() { wanted_ = true; }
  bool wanted() const { return wanted_; }
  /// Whether the frame that begins now asks.
  bool take() { return std::exchange(wanted_, false); }

  Time due(During) const override { return wanted_ ? Time{} : kNever; }
  Cargo cargo() const override { return Cargo::none; }
  /// It is in the header.
  void write(FrameRoom&, Time) override {}
  void forget() override { wanted_ = false; }

 private:
  bool wanted_ = false;
};

}  // namespace serialtcp::tunnel
