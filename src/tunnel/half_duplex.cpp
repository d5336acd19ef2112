// Which end has the turn on a half-duplex line: what link::Turns needs to know, and what is sent and held
// back because of it. docs/protocol.md, "Turns".
#include <algorithm>

#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;
using link::Turns;

// For fewer bytes it is not reported how fast they arrived.
constexpr std::size_t kWorthTelling = 48;
// Hellos of two ends that do not know each other collide. On a line that is known to be half-duplex they are
// sent less often than elsewhere, and everywhere at random times.
constexpr int kRarer = 3;
constexpr double kSomewhatLater = 0.25;
// An end does not begin while something is received, or was a moment ago.
constexpr Duration kCarrierGap = 20ms;
// An answer to a hello is delayed, longer each time: an end that has just sent may not be able to receive
// yet.
constexpr Duration kFirstAnswerSpread = 10ms;
constexpr Duration kMostAnswerSpread = 640ms;
// The echo of a frame arrives within this time after the frame has left. Serial servers and USB adapters
// delay it.
constexpr Duration kLongestEchoOnAir = 250ms;
constexpr std::size_t kEndOfFrame = 24;

}  // namespace

void Tunnel::begin_turns(Turns::Holder first, Time now) {
  hello_answer_spread_ = Duration{};
  duplex_watch_ = {};
  deaf_watch_.forget();
  bytes_heard_.report() = {};
  if (!line_is_half_duplex() && !link_.peer.features.has(wire::Feature::half_duplex))
    return link_.turns.end();
  const bool known = link_.peer.features.has(wire::Feature::turns);
  const auto session =
      session_.value < link_.peer.session.value ? Turns::Session::lower : Turns::Session::higher;
  link_.turns.begin(known ? Turns::Use::agreed : Turns::Use::alone, first, session, link_.nominal_rate, now);
  follow_air();
  if (!known) link_.events.push_of_line(event::LineTroubled{LineTrouble::peer_knows_no_turns});
}

void Tunnel::follow_air() {
  link_.pacer.follow_air(link_.turns.air().rate(), link_.turns.air().burst());
  // Nothing is acknowledged before the turn is over.
  link_.sender->acks_come_after(link_.turns.air().longest_turn(link::Air::Typing::no));
}

void Tunnel::heard_in_turn(std::size_t frame_bytes, Time now) {
  Turns::Heard heard{.bytes = frame_bytes};
  const wire::chunk::Arrived* arrived_chunk = nullptr;
  for (const wire::Chunk& chunk : chunks_) {
    if (const auto* said = std::get_if<wire::chunk::Turn>(&chunk)) {
      heard.turn = Turns::Said{said->number, said->more ? Turns::More::yes : Turns::More::no, said->taken,
                               said->longest_ms};
    } else if (const auto* arrived = std::get_if<wire::chunk::Arrived>(&chunk)) {
      arrived_chunk = arrived;
      heard.measured = link::Air::Measured{arrived->bytes, wire::kSpanUnit * arrived->span};
    }
  }
  if (heard.turn && link_.peer.features.has(wire::Feature::turns) &&
      link_.turns.use() != Turns::Use::agreed) {
    half_duplex_seen_ = true;
    begin_turns(Turns::Holder::peer, now);
  }
  if (!link_.turns.in_use()) {
    if (link_.pacer.leaves() > now) own_frames_.peer_was_heard_meanwhile();
    if (is_deaf_while_sending(frame_bytes, now)) return half_duplex_found(now);
    if (arrived_chunk != nullptr) watch_for_half_duplex(*arrived_chunk, now);
    return;
  }
  heard.lost = link_.sender->bytes_lost() - lost_before_turn_;
  if (const auto fate = link_.sender->watched()) {
    const bool lost = *fate == link::Sender::Fate::lost;
    heard.first_frame = lost ? Turns::FirstFrame::lost : Turns::FirstFrame::arrived;
  }
  link_.turns.heard_frame(heard, now);
  follow_air();
}

/// An end that receives its own frames together with those of the other end shares a medium with it.
void Tunnel::heard_own_frame(Time now) {
  if (link_.turns.in_use()) return link_.turns.heard_itself();
  if (link_.state == LinkState::up && own_frames_.all_come_back() && !line_is_coded_) half_duplex_found(now);
}

/// For the frame that ends now, with what is still to be sent before it.
Time Tunnel::echo_comes_by(Time now) const {
  const std::size_t left = outbox_.size() + kEndOfFrame;
  return std::max(now, link_.pacer.leaves()) + link_.pacer.time_for(left) + kLongestEchoOnAir;
}

void Tunnel::watch_for_half_duplex(const wire::chunk::Arrived& arrived, Time now) {
  if (line_is_coded_) return;
  const link::BytesHeard told{arrived.bytes, arrived.span};
  using Sleeps = link::DuplexWatch::Sleeps;
  const Sleeps sleeps = may_lose_beginnings() ? Sleeps::perhaps : Sleeps::no;
  if (duplex_watch_.told(told, static_cast<double>(link_.nominal_rate), sleeps, now)) half_duplex_found(now);
}

/// To be called for each frame of the peer.
bool Tunnel::is_deaf_while_sending(std::size_t frame_bytes, Time now) {
  const std::uint64_t sent = link_.pacer.position() - std::exchange(sent_at_frame_, link_.pacer.position());
  const std::uint64_t damaged =
      link_.stats.junk_bytes - std::exchange(junk_at_frame_, link_.stats.junk_bytes);
  const Duration since = now - std::exchange(frame_at_, now);
  if (line_is_coded_) return false;
  if (link_.pacer.leaves() > now - link_.pacer.time_for(frame_bytes))
    return deaf_watch_.frame_while_sending(), false;
  const double part = to_seconds(link_.pacer.time_for(sent)) / to_seconds(std::max<Duration>(since, 1ms));
  return deaf_watch_.frame_in_silence({missed_before_frame_, damaged, sent, part}, now);
}

bool Tunnel::may_lose_beginnings() const {
  return lead_in_.ends() > 0 || lead_in_.wants_to_know();
}

/// To be called before the receiver records the frame.
void Tunnel::note_bytes_heard(std::uint64_t number) {
  missed_before_frame_ = number > link_.receiver->largest() ? number - link_.receiver->largest() - 1 : 0;
  if (number <= link_.receiver->largest()) return;
  if (number > link_.receiver->largest() + 1) bytes_heard_.report().damaged();
  bytes_heard_.report().frame(number, link_.stats.wire_bytes_received - unread_);
}

void Tunnel::half_duplex_found(Time now) {
  half_duplex_seen_ = true;
  begin_turns(Turns::Holder::nobody, now);
  if (link_.turns.use() == Turns::Use::agreed)
    link_.events.push_of_line(event::LineTroubled{LineTrouble::half_duplex});
}

/// At least one byte, so that a frame that has begun does not stay empty.
std::size_t Tunnel::left_of_turn(Time now) const {
  if (!link_.turns.in_use()) return limits::kMaxFrame;
  return std::max<std::size_t>(1, link_.turns.bytes_left(link_.pacer.position(), data_.typing(now)));
}

/// Whether the next frame is the last one of this turn.
bool Tunnel::turn_ends(Time now) const {
  if (!link_.turns.in_use() || !(link_.turns.talking() || link_.turns.answer_owed())) return false;
  return data_.turn_is_over(now) || !speakers_.need_turn();
}

/// To a peer that does not support turns, no TURN is sent, but an ack is requested. If there is nothing to
/// request, the turn has just ended.
bool Tunnel::end_turn_without_frame(Time now) {
  if (link_.turns.use() != Turns::Use::alone || !turn_ends(now)) return false;
  if (link_.sender->awaiting() || speakers_.need_turn()) {
    ping_.want();
    return false;
  }
  link_.turns.fall_silent(link_.pacer.leaves());
  return true;
}

void Tunnel::begin_turn(Time now) {
  if (!link_.turns.in_use() || link_.turns.talking()) return;
  link_.turns.talk(link_.pacer.position(), now);
  link_.pacer.turn_begins(link_.turns.air().turn_round(), now);
  lost_before_turn_ = link_.sender->bytes_lost();
  link_.sender->watch(link_.sender->next_number());
}

/// In the frame that is being composed.
void Tunnel::hand_over(Time now) {
  if (link_.turns.use() == Turns::Use::alone) {
    if (frame_->record.answer_at_once) link_.turns.await_answer(random_.unit());
    return;
  }
  const bool more = speakers_.need_turn() || data_.is_waiting();
  const link::Air::Measured measured = link_.turns.measured();
  const bool awaits =
      link_.sender->awaiting() || !frame_->record.tickets.empty() || frame_->record.answer_at_once;
  const Turns::Said said = link_.turns.hand_over(more ? Turns::More::yes : Turns::More::no,
                                                 awaits ? Turns::Awaits::answer : Turns::Awaits::nothing,
                                                 data_.typing(now), random_.unit());
  std::array<Byte, 2 * wire::kMaxChunkHead> buffer;
  base::Writer raw(buffer);
  wire::write_chunk(wire::chunk::Turn{said.number, more, said.taken, said.longest}, raw);
  if (measured.bytes >= kWorthTelling) {
    const auto span = measured.span / wire::kSpanUnit;
    wire::write_chunk(
        wire::chunk::Arrived{static_cast<std::uint16_t>(std::min<std::size_t>(measured.bytes, 0xFFFF)),
                             static_cast<std::uint32_t>(std::min<std::int64_t>(span, 0xFFFFFF))},
        raw);
  }
  emit(raw.written());
}

/// When something may be sent that is due at `due`.
Time Tunnel::turn_due(Time due) const {
  if (!link_.turns.in_use()) return due;
  const bool ours = link_.turns.talking() || link_.turns.answer_owed();
  const bool over = link_.turns.over(link_.pacer.position(), link_.pacer.leaves(), link::Air::Typing::no);
  if (ours && !frame_ && (over || !speakers_.need_turn())) due = Time{};
  return due == kNever ? due : std::max(due, link_.turns.talk_due());
}

/// While it is the peer's turn, its silence decides when a probe is sent, not the round trip. Only one, until
/// the probe was sent: it may have to wait for the line.
Time Tunnel::probe_due() const {
  if (climb_.is_changing()) return kNever;
  if (!link_.turns.in_use() || link_.turns.silence_due() == kNever) return link_.sender->probe_due();
  return link_.sender->awaiting() && !ping_.wanted() ? link_.turns.silence_due() : kNever;
}

Duration Tunnel::until_next_hello(Duration interval) {
  const int times = line_is_half_duplex() ? kRarer : 1;
  const double later = line_is_half_duplex() ? 1 : kSomewhatLater;
  const auto random =
      static_cast<Duration::rep>(static_cast<double>(interval.count()) * later * random_.unit());
  return interval * times + Duration(random) * times;
}

/// When a hello is answered.
Time Tunnel::hello_answer_due(Time now) {
  if (!line_is_half_duplex()) return Time{};
  const auto spread = static_cast<double>(hello_answer_spread_.count());
  hello_answer_spread_ = std::clamp(2 * hello_answer_spread_, kFirstAnswerSpread, kMostAnswerSpread);
  return now + Duration(static_cast<Duration::rep>(spread * random_.unit()));
}

bool Tunnel::hello_would_collide(Time now) {
  if (!line_is_half_duplex() || link_.state == LinkState::leaving || now - last_fed_ >= kCarrierGap)
    return false;
  if (link_.state == LinkState::up) return false;
  const auto random = static_cast<Duration::rep>(static_cast<double>(kCarrierGap.count()) * random_.unit());
  hello_due_ = last_fed_ + kCarrierGap + Duration(random);
  return true;
}

}  // namespace serialtcp::tunnel
