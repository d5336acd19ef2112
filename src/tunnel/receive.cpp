// From bytes of the line to their meaning. Noise is counted; a protocol violation in a correct frame ends the
// link.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "tunnel/tunnel.h"
#include "wire/edits.h"
#include "wire/kernel_message.h"
#include "wire/terminal.h"

namespace serialtcp::tunnel {

namespace {

constexpr std::size_t kEndSize = 2;  // of an end of frame on the wire
// A report of damage ends the frame in progress: bytes of the frame around the rest of it, and of the ack.
constexpr std::size_t kReportSize = 40;
constexpr std::size_t kBytesWithoutPause = 2;
// If a pause was not reported in time, and is longer by this much, this process itself did not run.
constexpr Duration kOwnPause = std::chrono::milliseconds(20);

/// Nothing between two ends of frame, or what is left of a third one whose first byte was lost.
bool is_empty(const wire::Decoder::Found& found) {
  if (found.overlong) return false;
  return found.body.empty() ||
         (found.body.size() == 1 && (found.body[0] == wire::kEndPlain || found.body[0] == wire::kEndWithAck));
}

}  // namespace

void Tunnel::feed(ByteView bytes, Time now) {
  if (bytes.empty()) return;
  link_.stats.wire_bytes_received += bytes.size();
  note_pause(now);
  last_fed_ = now;
  climb_.heard_bytes(bytes.size(), now);
  partial_told_ = false;
  if (link_.turns.in_use()) {
    link_.turns.heard_bytes(bytes.size(), now);
  } else if (link_.pacer.leaves() > now) {
    deaf_watch_.heard_while_sending(bytes.size());
  }
  if (link_.state != LinkState::up) {
    note_unknown(bytes);
    console_.heard(bytes, now);
    put_off_beginning(PutOff::hello_heard, now);
  }
  while (const std::optional<wire::Decoder::Found> found = decoder_.next(bytes)) {
    unread_ = bytes.size();
    on_found(*found, now);
    early_parts_.frame_ended();
  }
  if (early_parts_.may_find(decoder_.arriving().size())) hear_parts(now);
}

/// Takes what is proven of the frame that is still arriving. What its chunks mean does not depend on when: they have offsets.
void Tunnel::hear_parts(Time now) {
  if (link_.state != LinkState::up) return;
  const wire::CheckContext context{link_.peer.session, session_, 0};
  while (const auto part = early_parts_.next(decoder_.arriving(), context, link_.receiver->largest())) {
    ++link_.stats.parts_received;
    if (!streams_.apply_part(part->data, part->place, part->bytes))
      return go_down(LinkDownReason::peer_broke_protocol, now);
  }
}

void Tunnel::drop_partial_frame() {
  decoder_.reset();
  early_parts_.frame_ended();
  partial_told_ = false;
}

void Tunnel::note_pause(Time now) {
  if (decoder_.pending() == 0) return;
  const Duration pause = now - last_fed_;
  const bool own = link_.state == LinkState::up && !partial_told_ && pause > partial_patience() + kOwnPause;
  // Consecutive bytes on a slow line are not a pause.
  if (!own) pauses_.paused(std::max(Duration{}, pause - link_.pacer.time_for(kBytesWithoutPause)));
}

void Tunnel::on_found(const wire::Decoder::Found& found, Time now) {
  if (found.overlong) return on_damage(found.dropped, now);
  if (is_empty(found)) {
    // A lead-in does not count as garbled bytes.
    unknown_bytes_ -= std::min<std::uint64_t>(unknown_bytes_, found.body.size() + kEndSize);
    return void(++ends_heard_);
  }
  lead_in_.hint(std::exchange(ends_heard_, 0));
  // What lets a stopped terminal go on, after a hello.
  if (found.body.size() == 1 && found.body[0] == wire::kXon) return;
  if (found.body.size() <= wire::kCheckSize) {
    // The hellos of a peer that looks for one are accompanied by codes of the original's protocol.
    if (link_.state == LinkState::up) on_damage(found.body.size(), now);
    return pauses_.frame_was_bad();
  }
  const bool good =
      found.body[0] == wire::kHelloHeader ? on_hello_frame(found, now) : on_session_frame(found, now);
  if (good) {
    byte_watch_.good(found.body);
    if (sealing_ && found.body[0] != wire::kHelloHeader) {
      if (const auto change = byte_watch_.sealed(found.body))
        link_.events.push_of_line(event::LineAltersBytes{*change});
    }
    pauses_.frame_was_good(now);
    return link_.pacer.expect_lumps(pauses_.usual());
  }
  if (own_frames_.is_own(found.body, now)) return heard_own_frame(now);
  if (link_.state != LinkState::up) frame_heard(found.body, now);
  if (is_frame_with_messages(found, now)) return;
  if (!climb_.doubts_speed(now)) {
    watch_bytes(found);
    consider_mending(found);
  }
  on_damage(found.body.size(), now);
}

/// A kernel whose console is this line writes to it between any two bytes, whole messages as a rule. Without them, the frame
/// is as it was sent.
bool Tunnel::is_frame_with_messages(const wire::Decoder::Found& found, Time now) {
  if (link_.state != LinkState::up || !wire::without_kernel_messages(found.body, without_messages_))
    return false;
  const std::size_t noise = found.body.size() - without_messages_.size();
  if (without_messages_.size() <= wire::kCheckSize || without_messages_[0] == wire::kHelloHeader)
    return false;
  if (!on_session_frame({found.end, without_messages_, false, 0}, now)) return false;
  link_.stats.junk_bytes += noise;
  return true;
}

void Tunnel::on_damage(std::size_t bytes, Time now) {
  // Without a link it may be a console, or a frame with keys that this end does not have yet.
  if (link_.state == LinkState::up) ++link_.stats.frames_damaged;
  link_.stats.junk_bytes += bytes;
  pauses_.frame_was_bad();
  bytes_heard_.report().damaged();
  if (link_.state == LinkState::up) link_.receiver->damaged(now, link_.pacer.time_for(kReportSize));
}

/// Checks whether the line has changed this frame as it has changed others before.
void Tunnel::watch_bytes(const wire::Decoder::Found& found) {
  wire::CheckContext context;
  if (found.body[0] != wire::kHelloHeader) {
    if (link_.state == LinkState::up) {
      if (const auto change = byte_watch_.stripped(found.body))
        link_.events.push_of_line(event::LineAltersBytes{*change});
    }
    // The tag of a sealed frame does not tell what it was.
    if (link_.state == LinkState::up && sealing_) byte_watch_.sealed_damaged();
    if (link_.state != LinkState::up || sealing_) return;
    base::Reader in(found.body);
    const std::optional<wire::FrameHeader> header = wire::read_header(in);
    if (!header) return;
    context = {link_.peer.session, session_, wire::full_number(*header, link_.receiver->largest())};
  }
  const std::optional<ByteChange> change =
      byte_watch_.damaged(found.body, wire::single_edits(found.body, found.end, context));
  if (change) link_.events.push_of_line(event::LineAltersBytes{*change});
}

bool Tunnel::on_hello_frame(const wire::Decoder::Found& found, Time now) {
  const std::optional<wire::Hello> hello = hello_of(found);
  if (!hello) return false;
  ++link_.stats.frames_received;
  if (!is_self(*hello)) last_heard_ = now;
  on_hello(*hello, now);
  return true;
}

std::optional<HeardFrame> Tunnel::open_frame(const wire::Decoder::Found& found, Time now) {
  base::Reader in(found.body);
  const std::optional<wire::FrameHeader> header = wire::read_header(in);
  if (!header || in.size() < guard_size() || link_.state == LinkState::leaving) return std::nullopt;
  if (sealing_) return open_sealed(found, *header, in.rest(), now);
  if (link_.state == LinkState::down) return std::nullopt;
  const std::uint64_t number = wire::full_number(*header, link_.receiver->largest());
  wire::CheckValue check(wire::CheckContext{link_.peer.session, session_, number});
  check.add(found.body.first(found.body.size() - wire::kCheckSize));
  base::Reader check_in(found.body.last(wire::kCheckSize));
  if (check.finish(found.end) != check_in.little(wire::kCheckSize)) return std::nullopt;
  return HeardFrame{number, *header, in.rest().first(in.size() - wire::kCheckSize)};
}

bool Tunnel::on_session_frame(const wire::Decoder::Found& found, Time now) {
  const std::optional<HeardFrame> frame = open_frame(found, now);
  if (!frame) return false;
  ++link_.stats.frames_received;
  last_heard_ = now;
  unknown_bytes_ = unknown_text_ = 0;
  if (away_since_ != kNever && !link_.line_away) {
    away_since_ = kNever;
    link_.sender->wait_anew(now);
  }
  peer_heard_ = now;
  climb_.heard_frame(now);
  if (std::exchange(away_told_, false)) {
    back_since_ = now;
    link_.events.push_of_line(event::Back{});
  }
  // Its check value covers our session: the peer knows us.
  if (link_.state == LinkState::heard) go_up(link::Turns::Holder::peer, now);
  // The line does not reorder. An attacker who does must not give an old ack or offset another meaning.
  const bool held_back = sealing_ && frame->number <= link_.receiver->largest();
  if (held_back || link_.receiver->seen(frame->number)) {
    ++link_.stats.frames_duplicate;
    return true;
  }
  peer_heard_ = now;
  ByteView body = frame->body;
  std::optional<wire::Ack> ack;
  if (found.end == wire::FrameEnd::with_ack) {
    ack = wire::take_ack(body);
    if (!ack) return go_down(LinkDownReason::peer_broke_protocol, now), true;
  }
  if (!parse_body(body)) return go_down(LinkDownReason::peer_broke_protocol, now), true;
  note_bytes_heard(frame->number);
  if (is_eliciting()) bare_wakes_ = 0;
  link_.receiver->received({.number = frame->number,
                            .wire_size = found.body.size() + kEndSize,
                            .form = frame->header.form,
                            .eliciting = is_eliciting(),
                            .answer_at_once = frame->header.answer_at_once,
                            .with_ack = ack.has_value()},
                           now);
  hear_candidates();
  if (ack && !apply_ack(*ack, now)) return go_down(LinkDownReason::peer_broke_protocol, now), true;
  if (frame->header.answer_at_once) asked_again(now);
  heard_in_turn(found.body.size() + kEndSize, now);
  frame_at_hand_ = frame->number;
  for (const wire::Chunk& chunk : chunks_) {
    if (!std::visit([&](const auto& value) { return apply(value, now); }, chunk)) {
      return go_down(LinkDownReason::peer_broke_protocol, now), true;
    }
  }
  candidates_.heard(frame->number, link_.sender->acked());
  if (std::exchange(peer_leaves_, false)) go_down(LinkDownReason::peer_left, now);
  return true;
}

/// The peer requests an ack, and has not acknowledged what it was answered: for long, or although it has requested one
/// before. The answer was probably lost.
void Tunnel::asked_again(Time now) {
  if (lead_in_.hinted() == 0 && !lead_in_.trying_fewer()) return;
  if (!link_.sender->awaiting() || link_.sender->awaiting_since() == Time{}) return;
  const bool before = asked_with_ack_of_ == link_.sender->acked();
  asked_with_ack_of_ = link_.sender->acked();
  if (!before && now - link_.sender->awaiting_since() < link_.sender->rtt().patience()) return;
  beginning_lost(now);
}

bool Tunnel::parse_body(ByteView body) {
  chunks_.clear();
  base::Reader in(body);
  while (!in.empty()) {
    const std::optional<wire::Chunk> chunk = wire::read_chunk(in);
    if (!chunk) return false;
    chunks_.push_back(*chunk);
  }
  return true;
}

/// Whether the current frame must be acknowledged. TURN need not be: using the turn is the answer.
bool Tunnel::is_eliciting() const {
  return std::ranges::any_of(chunks_, [](const wire::Chunk& chunk) {
    return !std::holds_alternative<wire::chunk::Turn>(chunk) &&
           !std::holds_alternative<wire::chunk::Arrived>(chunk);
  });
}

void Tunnel::settle(const link::Sender::Outcome& outcome, Time now) {
  for (const link::Beginning& beginning : outcome.beginnings_delivered) lead_in_.delivered(beginning);
  for (const link::Beginning& beginning : outcome.beginnings_lost) lead_in_.lost(beginning);
  for (const link::Ticket& ticket : outcome.delivered) speakers_.delivered(ticket, now);
  for (const link::Ticket& ticket : outcome.lost) speakers_.lost(ticket, now);
}

bool Tunnel::apply_ack(const wire::Ack& ack, Time now) {
  link::Sender::Outcome outcome;
  if (link_.sender->acknowledge(ack, now, outcome)) return false;
  for (const base::Range& numbers : outcome.settled) link_.receiver->settled(numbers);
  settle(outcome, now);
  return true;
}

// ---- What the peer sends about the link ----

bool Tunnel::apply(const wire::chunk::Leave&, Time) {
  peer_leaves_ = true;
  return true;
}

bool Tunnel::apply(const wire::chunk::Services& services, Time) {
  const ServiceExchange::Heard heard = services_.hear(services);
  if (heard == ServiceExchange::Heard::all) link_.events.push_of_line(event::PeerServices{});
  return heard != ServiceExchange::Heard::malformed;
}

bool Tunnel::apply(const wire::chunk::Leaving&, Time) {
  if (leaving_.hear_leaving()) link_.events.push_of_line(event::PeerLeaving{});
  return true;
}

bool Tunnel::apply(const wire::chunk::Left& left, Time) {
  leaving_.hear_left(left.bytes);
  return true;
}

void Tunnel::announce_leaving(Time) {
  if (link_.state == LinkState::up && link_.peer.features.has(wire::Feature::ordered_reset)) leaving_.leave();
}

void Tunnel::tell_left(std::uint64_t bytes, Time now) {
  if (link_.state != LinkState::up) return;
  const Undelivered own = undelivered();
  leaving_.set_left(bytes + own.to_peer + own.ends, now);
}

std::optional<std::uint64_t> Tunnel::peer_left() const {
  return link_.state == LinkState::up ? leaving_.peer_left() : std::nullopt;
}

}  // namespace serialtcp::tunnel
