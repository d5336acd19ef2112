// What a change of the line's speed means for the rest of the Tunnel. docs/protocol.md, "The speed of the line".
#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

void Tunnel::line_has_speeds(const LineSpeeds& speeds) {
  climb_.line_has(speeds);
  // The one that was drawn before may be too high.
  if (speeds.by_hand && link_.state == LinkState::down) new_session();
}

void Tunnel::climb(Time now) {
  climb_.tick(now);
  if (link_.state == LinkState::up && climb_.take_ping()) ping_.want();
}

void Tunnel::speed_set(std::optional<std::uint32_t> speed, Time now) {
  const std::uint32_t before = climb_.speed();
  climb_.speed_set(speed, now);
  if (climb_.speed() == before) return;
  // What is heard from now on does not belong to what was heard before, nor is what was lost meanwhile a fault of the line.
  drop_partial_frame();
  pauses_.frame_was_bad();
  lead_in_wanted_ = true;
  duplex_watch_ = {};
  deaf_watch_.forget();
  bytes_heard_.report() = {};
  if (link_.sender) link_.sender->line_was_away();
}

/// A frame about the change of the speed, or an acknowledgement, and nothing else.
bool Tunnel::compose_climb(Time now) {
  if (!climb_.ready(now) && !acks_.ready(now)) return false;
  if (climb_.ready(now)) ping_.want();
  begin_frame(Cargo::some, now);
  frame_->record.trial = true;
  frame_->record.beginning.reset();
  std::array<Byte, kHeadRoom> buffer;
  base::Writer raw(buffer);
  FrameRoom room{*frame_, raw};
  // No acknowledgement may be sent before these.
  confirmations_.write(room, now);
  candidates_.write(room, now);
  climb_.write(room, now);
  emit(raw.written());
  end_frame(now);
  return true;
}

}  // namespace serialtcp::tunnel
