// Ping: requests an ack from the peer, by a flag in the header of the next frame. It has no ticket: if no
// answer comes, it is requested again.
#pragma once

#include <utility>

#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class Ping final : public Speaker {
 public:
  void want() { wanted_ = true; }
  bool wanted() const { return wanted_; }
  /// Whether the frame that begins now requests an ack.
  bool take() { return std::exchange(wanted_, false); }

  Time due(During) const override { return wanted_ ? Time{} : kNever; }
  Cargo cargo() const override { return Cargo::none; }
  /// The flag is in the header.
  void write(FrameRoom&, Time) override {}
  void forget() override { wanted_ = false; }

 private:
  bool wanted_ = false;
};

}  // namespace serialtcp::tunnel
