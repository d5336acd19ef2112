// Acks: when the received frames are acknowledged. The ack is at the end of every frame that is sent while
// there is something to acknowledge (Tunnel::end_frame); link::Receiver repeats what was lost of it.
#pragma once

#include <algorithm>

#include "tunnel/link.h"
#include "tunnel/speaker.h"
#include "tunnel/streams.h"

namespace serialtcp::tunnel {

class Acks final : public Speaker {
 public:
  Acks(const Link& link, const Streams& streams) : link_(link), streams_(streams) {}

  Time due(During during) const override {
    const bool open = during == During::open_frame;
    if (link_.turns.in_use()) return link_.receiver->ack_pending() && !open ? Time{} : kNever;
    const Time due = link_.receiver->ack_due();
    if (due == kNever || due == Time{} || !(open || streams_.bulk_comes())) return due;
    return due +
           std::max(link_.divides ? kPatienceWithParts : kPatience, link_.pacer.time_for(kPatienceBytes));
  }
  /// It is sent in the frame that ends the turn.
  bool needs_turn() const override { return false; }
  Cargo cargo() const override { return Cargo::none; }
  void write(FrameRoom&, Time) override {}

 private:
  // An open frame does not end for an ack that is younger than this, or than kPatienceBytes take; nor does an ack get a frame of
  // its own where bulk is about to begin one.
  static constexpr Duration kPatience = std::chrono::milliseconds(200);
  // Frames are longer.
  static constexpr Duration kPatienceWithParts = std::chrono::milliseconds(400);
  static constexpr std::size_t kPatienceBytes = 128;

  const Link& link_;
  const Streams& streams_;
};

}  // namespace serialtcp::tunnel
