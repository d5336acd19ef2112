// Finding the peer: hellos, sessions, and what is wrong with the line when none comes. docs/protocol.md,
// "Hello".
#include <algorithm>

#include "base/check.h"
#include "legacy/code.h"
#include "tunnel/hello_timing.h"
#include "tunnel/tunnel.h"
#include "wire/altered_hello.h"
#include "wire/terminal.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// The extensions that this end understands.
const wire::Features kFeatures{wire::Feature::ordered_reset, wire::Feature::turns, wire::Feature::line_coding,
                               wire::Feature::letter};

constexpr Duration kFirstHelloInterval = 250ms;
// On slow lines hellos take at most this fraction (1 / kHelloShare) of the line.
constexpr std::int64_t kHelloShare = 4;
// The last one may be lost; a second one costs little.
constexpr int kGoodbyes = 2;
// While no peer answers, every third hello has a lead-in: 8 to 20 ends of frame, as many as take this time,
// and every second time the maximum.
constexpr unsigned kLedInHello = 3;
constexpr double kLedInSeconds = 0.02;
constexpr std::size_t kSomeEnds = 8;
constexpr std::size_t kUsualEnds = 20;
constexpr unsigned kLongLeadIn = 2;
constexpr Duration kLongestLeadIn = 50ms;
// Unknown bytes are reported only if there were this many, for this time.
constexpr Duration kTroubleAfter = 2s;
/// An echo without a peer is reported after this time.
constexpr Duration kEchoAlone = 500ms;
constexpr std::uint64_t kTroubleBytes = 48;
// So many hellos that are altered in the same way are not damaged by noise.
constexpr int kHellosCertain = 2;
// Bytes of a hello on the line, with its lead-in; and how long a pause within it may be.
constexpr std::size_t kLongestHello = 400;
constexpr Duration kStillArriving = 100ms;
// Something arrives from a peer within this time, plus the time of an answer and of this many bytes: acks are
// delayed by at most 200 ms, and frames are shorter than this.
constexpr Duration kHeardPatience = 2s;
constexpr std::size_t kHeardBytes = 256;
constexpr std::size_t kHelloOnWire = 64;
// The cost of ending a frame early: the frame around the rest.
constexpr std::size_t kEndedFrame = 32;

/// An end that is told to leave the line alone takes nothing out of it.
wire::Features features_of(const EndpointConfig& config) {
  if (config.clean.mode != CleanMode::eight_bits) return kFeatures;
  return wire::Features(kFeatures.bits() & ~static_cast<std::uint32_t>(wire::Feature::line_coding));
}

bool contains(ByteView bytes, std::string_view text) {
  return !std::ranges::search(bytes, text, std::ranges::equal_to{}, {}, [](char c) {
            return static_cast<Byte>(c);
          }).empty();
}

bool is_text(Byte byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' || byte == '\t' || byte == 0x1B;
}

}  // namespace

void Tunnel::set_state(LinkState next) {
  switch (next) {
    case LinkState::down:
      CHECK(link_.state != LinkState::leaving);
      break;
    case LinkState::heard:
      CHECK(link_.state == LinkState::down || link_.state == LinkState::heard);
      break;
    case LinkState::up:
      CHECK(link_.state == LinkState::heard);
      break;
    case LinkState::leaving:
      break;
  }
  link_.state = next;
}

void Tunnel::new_session() {
  if (sealing_) sealing_->forget_offers();
  draw_session();
}

wire::Hello Tunnel::make_hello() const {
  wire::Hello hello;
  hello.roles = roles(link_.config);
  hello.up = link_.state == LinkState::up;
  hello.goodbye = link_.state == LinkState::leaving;
  hello.letter = link_.state == LinkState::down && hello.roles.server && hello.roles.client;
  hello.session = session_;
  hello.peer = link_.peer.session;
  hello.max_streams = link_.config.max_streams;
  hello.initial_credit = limits::kInitialCredit;
  hello.features = features_of(link_.config);
  if (climb_.is_possible()) hello.features.add(wire::Feature::speed);
  // With all of them, the byte would be DEL. Where turns are used, there are no parts.
  if (line_is_half_duplex()) {
    hello.features.add(wire::Feature::half_duplex);
  } else if (link_.config.parts && !link_.config.key) {
    hello.features.add(wire::Feature::parts);
  }
  if (link_.config.compression == Compression::on) {
    hello.unpacking = wire::Unpacking{limits::kUnpackWindowLog, limits::kPackedRuns};
  }
  return hello;
}

void Tunnel::on_hello(const wire::Hello& hello, Time now) {
  if (link_.state == LinkState::leaving) return;
  unknown_bytes_ = unknown_text_ = 0;
  if (hello.session == session_) return on_echo(now);
  echo_since_.reset();
  protocol_heard(now);
  if (hello.version != wire::kProtocolVersion) return report(LineTrouble::incompatible);
  if (sealing_) return on_sealed_hello(hello, now);
  if (hello.handshake) {
    // The previous peer is not there any more.
    if (link_.state == LinkState::up && hello.session != link_.peer.session)
      go_down(LinkDownReason::peer_restarted, now);
    return tell_of_keys(LineTrouble::peer_needs_key, now);
  }
  if (hello.goodbye) {
    if (hello.session == link_.peer.session && link_.state != LinkState::down)
      go_down(LinkDownReason::peer_left, now);
    return;
  }
  if (!roles_fit(hello)) return;
  const bool was_up = link_.state == LinkState::up;
  if (hello.session != link_.peer.session) {
    if (link_.state == LinkState::up) go_down(LinkDownReason::peer_restarted, now);
    adopt_peer(hello, now);
  }
  // An end that the other end already knows will receive something from it next.
  using Holder = link::Turns::Holder;
  if (link_.state == LinkState::heard && hello.peer == session_)
    go_up(hello.up ? Holder::peer : Holder::us, now);
  if (hello.up && hello.peer == session_) return;
  // On a half-duplex line, a frame that the peer can read is enough, in this end's turn.
  if (link_.turns.in_use() && hello.peer == session_ && was_up) {
    ping_.want();
    return;
  }
  if (may_answer_stranger(kHelloOnWire, now)) {
    hello_due_ = was_up == (link_.state == LinkState::up) ? hello_answer_due(now) : Time{};
  }
}

/// Whether frames of the peer have arrived recently, so that the line is in use by it. Those of a peer that
/// has restarted do not.
bool Tunnel::peer_is_heard(Time now) const {
  if (link_.state != LinkState::up) return false;
  return now - peer_heard_ <
         kHeardPatience + link_.sender->rtt().patience() + link_.pacer.time_for(kHeardBytes);
}

/// Whether `bytes` may be sent now to a sender that may be a stranger. They count as sent.
bool Tunnel::may_answer_stranger(std::size_t bytes, Time now) {
  const auto peer = peer_is_heard(now) ? AnswerShare::Peer::heard : AnswerShare::Peer::not_heard;
  return answer_share_.take(link_.pacer.time_for(bytes + kEndedFrame), peer, now);
}

/// A hello of the peer may arrive a moment later, and then the roles of both are right.
void Tunnel::on_echo(Time now) {
  // On RS-485 with two wires an echo is normal.
  if (line_is_half_duplex()) return;
  if (link_.state == LinkState::heard) return report(LineTrouble::echo_beside_peer);
  if (!echo_since_) echo_since_ = now;
  if (now - *echo_since_ >= kEchoAlone) report(LineTrouble::echo);
}

bool Tunnel::roles_fit(const wire::Hello& hello) {
  const Roles own = roles(link_.config);
  if (fit(own, hello.roles)) return true;
  report(own.server ? LineTrouble::both_servers : LineTrouble::both_clients);
  return false;
}

void Tunnel::adopt_peer(const wire::Hello& hello, Time) {
  set_state(LinkState::heard);
  link_.peer.session = hello.session;
  link_.peer.max_streams = hello.max_streams;
  link_.peer.initial_credit = hello.initial_credit;
  link_.peer.features = hello.features;
  streams_.agree_on_packing(hello);
  link_.pacer.next_peer();
  link_.sender.emplace(link_.pacer, link::FrameLength::kClearOverhead - wire::kCheckSize + guard_size());
  link_.receiver.emplace();
  speakers_.forget();
  own_frames_.begin();
}

void Tunnel::go_up(link::Turns::Holder first, Time now) {
  set_state(LinkState::up);
  if (hello_ends_ > 0) lead_in_.hint(hello_ends_);
  hellos_unanswered_ = answers_given_ = 0;
  hello_ends_ = 0;
  hello_due_ = kNever;
  trouble_check_due_ = kNever;
  console_.forget();
  hushed_ = false;
  told_trouble_.reset();
  echo_since_.reset();
  if (!link_.line_away) away_since_ = kNever;
  keys_told_.clear();
  // The first frame measures the round trip and the latency, before anything else is on the line.
  ping_.want();
  last_fed_ = peer_heard_ = now;
  early_parts_.expect(link_.config.parts && !sealing_ && link_.peer.features.has(wire::Feature::parts));
  begin_turns(first, now);
  climb_.begin(session_.value < link_.peer.session.value ? Climb::Part::leads : Climb::Part::follows, now);
  link_.events.push_of_line(
      event::LinkUp{link_.peer.session, Protocol::own,
                    link_.peer.features.bits() == 0 ? PeerVersion::v2_0 : PeerVersion::v2_1_or_later});
}

void Tunnel::go_down(LinkDownReason reason, Time now) {
  const bool was_up = link_.state == LinkState::up;
  set_state(LinkState::down);
  climb_.end();
  if (was_up) link_.events.push_of_line(event::LinkDown{reason});
  // After a protocol violation, nothing of the peer's data is delivered.
  early_parts_.expect(false);
  streams_.drop_all(reason == LinkDownReason::peer_broke_protocol ? Streams::Unread::dropped
                                                                  : Streams::Unread::kept);
  frame_.reset();
  leaving_frame_.reset();
  lead_in_wanted_ = true;
  away_told_ = false;
  speakers_.forget();
  link_.sender.reset();
  link_.receiver.reset();
  link_.turns.end();
  half_duplex_seen_ = false;  // a wrong conclusion must not outlive the link
  link_.pacer.next_peer();
  link_.peer.session = SessionId{};
  if (sealing_) {
    sealing_->forget_keys();
    sealing_->forget_begun();
    answer_.clear();
  }
  // A peer that still uses the old session must notice the change.
  if (reason != LinkDownReason::peer_restarted) new_session();
  hello_interval_ = kFirstHelloInterval;
  hello_due_ = reason == LinkDownReason::peer_left ? now + kLastHelloInterval : now;
  trouble_check_due_ = now + kTroubleAfter;
  unknown_bytes_ = unknown_text_ = 0;
}

std::optional<wire::Hello> Tunnel::hello_of(const wire::Decoder::Found& found) {
  if (found.body.size() <= wire::kCheckSize || found.body[0] != wire::kHelloHeader) return std::nullopt;
  const ByteView body = found.body.first(found.body.size() - wire::kCheckSize);
  base::Reader check_in(found.body.last(wire::kCheckSize));
  wire::CheckValue check{wire::CheckContext{}};
  check.add(body);
  if (check.finish(found.end) != check_in.little(wire::kCheckSize)) return std::nullopt;
  base::Reader in(body.subspan(1));
  return wire::read_hello(in);
}

Bytes Tunnel::hello_on_wire() const {
  HelloBuffer raw;
  base::Writer writer(raw);
  wire::write_hello(make_hello(), writer);
  return finish_hello(writer);
}

Bytes Tunnel::finish_hello(base::Writer& raw) {
  wire::CheckValue check{wire::CheckContext{}};
  check.add(raw.written());
  raw.little(check.finish(wire::FrameEnd::plain), wire::kCheckSize);
  Bytes wire;
  wire::Encoder encoder;
  encoder.append_end(wire::FrameEnd::plain, wire);
  encoder.append(raw.written(), wire, wire::Coding::doubled);
  encoder.append_end(wire::FrameEnd::plain, wire);
  return wire;
}

void Tunnel::interject(ByteView raw, Time now) {
  if (frame_) end_frame(now);
  outbox_.append(raw);
  encoder_.reset();
  lead_in_wanted_ = true;
}

void Tunnel::compose_hello(Time now) {
  if (sealing_ && link_.state == LinkState::leaving) {
    --goodbyes_left_;
    return compose_farewell(now);
  }
  const bool for_both = link_.config.protocol == Protocol::automatic && link_.state == LinkState::down;
  Bytes said;
  // To a peer with the original's protocol this means "I (re)started": what follows is outside a connection.
  if (first_hello_ || for_both) {
    legacy::append_code(legacy::code::kDisconnect, said);
    legacy::append_code(legacy::code::kDisconnect, said);
    first_hello_ = false;
  }
  if (sealing_) draw_first_message();
  const Bytes hello = sealing_ ? first_message_on_wire() : hello_on_wire();
  said.insert(said.end(), hello.begin(), hello.end());
  // And this makes such a peer synchronise. The end of frame after it prevents that in an end of ours.
  if (for_both) {
    const bool server = link_.config.role == Role::server;
    legacy::append_code(server ? legacy::code::kServerHello : legacy::sync_code(1, link_.config.role), said);
    legacy::append_code(wire::kEndPlain, said);
  }
  console_.set_own_hello(said);
  if (frame_) end_frame(now);
  // The peer has not proven that it has the keys: probably it does not receive our frames.
  if (link_.state == LinkState::up && sealing_ && !sealing_->proven()) beginning_lost(now);
  append_ends(hello_lead_in());
  interject(said, now);
  ++link_.stats.frames_sent;
  lead_in_wanted_ = false;
  last_end_ = now;
  hello_said_ = now;
  if (link_.state == LinkState::leaving) {
    if (--goodbyes_left_ == 0) hello_due_ = kNever;
    return;
  }
  if (link_.state == LinkState::up) {
    hello_due_ = sealing_ ? next_sealed_hello(now) : kNever;
    return;
  }
  if (hello_interval_ == Duration{}) hello_interval_ = kFirstHelloInterval;
  hello_due_ =
      now + std::max(until_next_hello(hello_interval_), link_.pacer.time_for(hello.size() * kHelloShare));
  hello_interval_ = next_hello_interval();
  if (trouble_check_due_ == kNever) trouble_check_due_ = now + kTroubleAfter;
}

/// No peer answers: perhaps the line loses the first bytes after a silence. Some hellos have a lead-in, the
/// others are as short as possible.
std::size_t Tunnel::hello_lead_in() {
  hello_ends_ = lead_in_.ends();
  if (link_.state == LinkState::up || link_.state == LinkState::leaving) return hello_ends_;
  if (++hellos_unanswered_ % kLedInHello == 0)
    hello_ends_ = std::max(hello_ends_, most_hello_ends(hellos_unanswered_ / kLedInHello - 1));
  return hello_ends_;
}

/// If an answer to a handshake has to be repeated, it was probably lost.
std::size_t Tunnel::answer_lead_in() {
  hello_ends_ = lead_in_.ends();
  if (link_.state != LinkState::up && ++answers_given_ > 1)
    hello_ends_ = std::max(hello_ends_, most_hello_ends(answers_given_ - 2));
  return hello_ends_;
}

/// On a slow line a hello that is not needed is in the way, so the lead-in is limited by its time. But now
/// and then, while these are `unanswered`, it is the maximum, unless that would take very long.
std::size_t Tunnel::most_hello_ends(unsigned unanswered) const {
  const bool soon = link_.pacer.time_for(2 * link::LeadIn::kMostEnds) <= kLongestLeadIn;
  if (soon && unanswered % kLongLeadIn == kLongLeadIn - 1) return link::LeadIn::kMostEnds;
  const auto in_time = static_cast<std::size_t>(static_cast<double>(link_.pacer.rate()) * kLedInSeconds / 2);
  return std::clamp(in_time, kSomeEnds, kUsualEnds);
}

void Tunnel::stand_aside(Time now) {
  if (link_.state == LinkState::leaving) return;
  go_down(LinkDownReason::peer_restarted, now);
  hello_due_ = kNever;
  trouble_check_due_ = kNever;
}

void Tunnel::seek(Time now) {
  if (link_.state == LinkState::leaving) return;
  hello_interval_ = kFirstHelloInterval;
  hello_due_ = now;
  trouble_check_due_ = now + kTroubleAfter;
}

void Tunnel::line_lost(Time now) {
  link_.line_away = true;
  climb_.line_lost(now);
  deaf_watch_.forget();
  streams_.interrupt_datagrams();
  away_since_ = std::min(away_since_, now);
}

void Tunnel::line_restored(Time now) {
  link_.line_away = false;
  // A frame in progress counts as sent, and will be lost: its number is never used again.
  if (frame_) end_frame(now);
  drop_partial_frame();
  encoder_.reset();
  outbox_.clear();
  leaving_frame_.reset();
  ends_heard_ = 0;
  byte_watch_.reset();
  lead_in_wanted_ = true;
  link_.pacer.line_restored(now);
  first_hello_ = true;
  put_off_ = PutOff::not_yet;
  console_.forget();
  session_shown_ = false;
  hushed_ = false;
  if (link_.state == LinkState::leaving) return;
  if (link_.state != LinkState::up) {
    hello_due_ = now;
    return;
  }
  // The peer's answer lists what has arrived; all else is then retransmitted.
  ping_.want();
  link_.sender->line_was_away();
  link_.sender->hurry();
}

void Tunnel::line_has_rate(std::uint64_t nominal_rate, Time now) {
  link_.nominal_rate = nominal_rate;
  link_.pacer.line_has_rate(nominal_rate, 0, now);
}

void Tunnel::shut_down(Time now) {
  if (link_.state == LinkState::leaving) return;
  const bool heard = link_.state != LinkState::down;
  // Its number must not be used again.
  if (frame_) end_frame(now);
  streams_.drop_all(Streams::Unread::dropped);
  climb_.leave();
  set_state(LinkState::leaving);
  goodbyes_left_ = heard ? kGoodbyes : 0;
  hello_due_ = kNever;
  trouble_check_due_ = kNever;
}

bool Tunnel::finished() const {
  return link_.state == LinkState::leaving && goodbyes_left_ == 0 && outbox_.empty();
}

void Tunnel::report(LineTrouble trouble) {
  if (link_.state == LinkState::up || told_trouble_ == trouble) return;
  told_trouble_ = trouble;
  link_.events.push_of_line(event::LineTroubled{.trouble = trouble});
}

std::optional<ByteChange> Tunnel::altered_hello(int hellos) const {
  return wire::altered_hello(byte_watch_.last_heard(), make_hello(), hellos);
}

void Tunnel::note_unknown(ByteView bytes) {
  unknown_bytes_ += bytes.size();
  unknown_text_ += static_cast<std::uint64_t>(std::ranges::count_if(bytes, is_text));
  byte_watch_.heard(bytes);
  if (!session_shown_) session_shown_ = contains(byte_watch_.last_heard(), wire::text_of(session_));
}

void Tunnel::check_for_trouble(Time now) {
  trouble_check_due_ = now + kTroubleAfter;
  // A prompt was reported already, as what it is.
  if (unknown_bytes_ < kTroubleBytes || console_.at_prompt()) return;
  // The bytes that are arriving may become a hello.
  const bool arriving =
      decoder_.pending() > 0 && decoder_.pending() < kLongestHello && now - last_fed_ < kStillArriving;
  if (arriving && unknown_bytes_ < decoder_.pending() + kTroubleBytes) {
    trouble_check_due_ = now + kTroubleAfter / 8;
    return;
  }
  if (const std::optional<ByteChange> change = altered_hello(kHellosCertain)) {
    unknown_bytes_ = unknown_text_ = 0;
    if (byte_watch_.tell(*change)) link_.events.push_of_line(event::LineAltersBytes{*change});
    return;
  }
  // What a terminal or a line editor shows of a hello is not all text, nor is what it draws of it later. But who has
  // shown the session has the same speed.
  const bool text = console_.found() || session_shown_ || unknown_text_ * 10 >= unknown_bytes_ * 9;
  // Noise has less: it may be what a console has shown of a hello, and its own text follows.
  const bool part_text = unknown_text_ * 5 >= unknown_bytes_ * 2;
  unknown_bytes_ = unknown_text_ = 0;
  if (!text && part_text && !std::exchange(nearly_text_, true)) return;
  nearly_text_ = false;
  // What a line editor shows of a hello is not text; the console is known by then.
  if (!text && told_trouble_ == LineTrouble::text) return;
  report(text ? LineTrouble::text : LineTrouble::garbled);
}

}  // namespace serialtcp::tunnel
