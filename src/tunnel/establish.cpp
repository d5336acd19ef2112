// Finding the peer: hellos, sessions, and what is wrong with the line when none comes. docs/protocol.md,
// "Hello".
#include <algorithm>

#include "base/check.h"
#include "classic/code.h"
#include "tunnel/impl.h"

namespace serialtcp {

namespace {

using namespace std::chrono_literals;

// The extensions that this end understands.
const line::Features kFeatures{};

constexpr Duration kFirstHelloInterval = 250ms;
constexpr Duration kLastHelloInterval = 1s;
// On slow lines hellos take no more than this part of the line.
constexpr std::int64_t kHelloShare = 4;
// The last one may be lost; a second costs little.
constexpr int kGoodbyes = 2;
// Unknown bytes are not called trouble before there were so many, for so long.
constexpr Duration kTroubleAfter = 2s;
/// An echo without a peer is told after this.
constexpr Duration kEchoAlone = 500ms;
constexpr std::uint64_t kTroubleBytes = 48;

bool is_text(Byte byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' || byte == '\t' || byte == 0x1B;
}

}  // namespace

void Endpoint::Impl::set_state(LinkState next) {
  switch (next) {
    case LinkState::down:
      CHECK(state_ != LinkState::leaving);
      break;
    case LinkState::heard:
      CHECK(state_ == LinkState::down || state_ == LinkState::heard);
      break;
    case LinkState::up:
      CHECK(state_ == LinkState::heard);
      break;
    case LinkState::leaving:
      break;
  }
  state_ = next;
}

void Endpoint::Impl::new_session() {
  do session_ = SessionId{random_.next()};
  while (session_ == SessionId{});
  if (sealing_) sealing_->forget_offers();
}

line::Hello Endpoint::Impl::make_hello() const {
  line::Hello hello;
  hello.roles = roles(config_);
  hello.up = state_ == LinkState::up;
  hello.goodbye = state_ == LinkState::leaving;
  hello.session = session_;
  hello.peer = peer_;
  hello.max_streams = config_.max_streams;
  hello.initial_credit = limits::kInitialCredit;
  hello.features = kFeatures;
  if (config_.compression == Compression::on) {
    hello.unpacking = line::Unpacking{limits::kPackWindowLog, limits::kPackedRuns};
  }
  return hello;
}

void Endpoint::Impl::on_hello(const line::Hello& hello, Time now) {
  if (state_ == LinkState::leaving) return;
  unknown_bytes_ = unknown_text_ = 0;
  if (hello.session == session_) return on_echo(now);
  if (hello.version != line::kProtocolVersion) return report(LineTrouble::incompatible);
  if (sealing_) return on_sealed_hello(hello, now);
  if (hello.handshake) {
    // Whoever was there before is not any more.
    if (state_ == LinkState::up && hello.session != peer_) go_down(LinkDownReason::peer_restarted, now);
    return tell_of_keys(LineTrouble::peer_needs_key, now);
  }
  if (hello.goodbye) {
    if (hello.session == peer_ && state_ != LinkState::down) go_down(LinkDownReason::peer_left, now);
    return;
  }
  if (!roles_fit(hello)) return;
  if (hello.session != peer_) {
    if (state_ == LinkState::up) go_down(LinkDownReason::peer_restarted, now);
    adopt_peer(hello, now);
  }
  if (state_ == LinkState::heard && hello.peer == session_) go_up(now);
  if (!hello.up || hello.peer != session_) hello_due_ = Time{};
}

/// A peer that is there may be heard a moment later, and then the roles of the two are right.
void Endpoint::Impl::on_echo(Time now) {
  if (state_ == LinkState::heard) return report(LineTrouble::echo_beside_peer);
  if (!echo_since_) echo_since_ = now;
  if (now - *echo_since_ >= kEchoAlone) report(LineTrouble::echo);
}

bool Endpoint::Impl::roles_fit(const line::Hello& hello) {
  const Roles own = roles(config_);
  if (fit(own, hello.roles)) return true;
  report(own.server ? LineTrouble::both_servers : LineTrouble::both_clients);
  return false;
}

void Endpoint::Impl::adopt_peer(const line::Hello& hello, Time) {
  set_state(LinkState::heard);
  peer_ = hello.session;
  peer_max_streams_ = hello.max_streams;
  peer_initial_credit_ = hello.initial_credit;
  peer_features_ = hello.features;
  agree_on_packing(hello);
  pacer_.next_peer();
  sender_.emplace(pacer_, link::FrameLength::kClearOverhead - line::kCheckSize + guard_size());
  receiver_.emplace();
  candidates_.clear();
  services_.begin();
}

void Endpoint::Impl::go_up(Time now) {
  set_state(LinkState::up);
  hello_due_ = kNever;
  trouble_check_due_ = kNever;
  told_trouble_.reset();
  echo_since_.reset();
  if (!line_away_) away_since_ = kNever;
  keys_told_.clear();
  // The first frame measures the round trip and the latency, before anything else is on the line.
  ping_wanted_ = true;
  last_fed_ = now;
  events_.push_of_line(event::LinkUp{peer_});
}

void Endpoint::Impl::go_down(LinkDownReason reason, Time now) {
  const bool was_up = state_ == LinkState::up;
  set_state(LinkState::down);
  if (was_up) events_.push_of_line(event::LinkDown{reason});
  drop_all_streams();
  frame_.reset();
  leaving_frame_.reset();
  lead_in_wanted_ = true;
  ping_wanted_ = false;
  sender_.reset();
  receiver_.reset();
  candidates_.clear();
  pacer_.next_peer();
  peer_ = SessionId{};
  if (sealing_) {
    sealing_->forget_keys();
    sealing_->forget_begun();
    answer_.clear();
  }
  // Whoever still believes in the old session must notice.
  if (reason != LinkDownReason::peer_restarted) new_session();
  hello_interval_ = kFirstHelloInterval;
  hello_due_ = reason == LinkDownReason::peer_left ? now + kLastHelloInterval : now;
  trouble_check_due_ = now + kTroubleAfter;
  unknown_bytes_ = unknown_text_ = 0;
}

std::optional<line::Hello> Endpoint::Impl::hello_of(const line::Decoder::Found& found) {
  if (found.body.size() <= line::kCheckSize || found.body[0] != line::kHelloHeader) return std::nullopt;
  const ByteView body = found.body.first(found.body.size() - line::kCheckSize);
  base::Reader check_in(found.body.last(line::kCheckSize));
  line::CheckValue check{line::CheckContext{}};
  check.add(body);
  if (check.finish(found.end) != check_in.little(line::kCheckSize)) return std::nullopt;
  base::Reader in(body.subspan(1));
  return line::read_hello(in);
}

Bytes Endpoint::Impl::hello_on_wire() const {
  HelloBuffer raw;
  base::Writer writer(raw);
  line::write_hello(make_hello(), writer);
  return finish_hello(writer);
}

Bytes Endpoint::Impl::finish_hello(base::Writer& raw) {
  line::CheckValue check{line::CheckContext{}};
  check.add(raw.written());
  raw.little(check.finish(line::FrameEnd::plain), line::kCheckSize);
  Bytes wire;
  line::Encoder encoder;
  encoder.append_end(line::FrameEnd::plain, wire);
  encoder.append(raw.written(), wire, line::Coding::doubled);
  encoder.append_end(line::FrameEnd::plain, wire);
  return wire;
}

void Endpoint::Impl::interject(ByteView raw, Time now) {
  if (frame_) end_frame(now);
  outbox_.insert(outbox_.end(), raw.begin(), raw.end());
  encoder_.reset();
  lead_in_wanted_ = true;
}

void Endpoint::Impl::compose_hello(Time now) {
  if (sealing_ && state_ == LinkState::leaving) {
    --goodbyes_left_;
    return compose_farewell(now);
  }
  const bool for_both = config_.protocol == Protocol::automatic && state_ == LinkState::down;
  Bytes said;
  // To a peer that speaks the original's protocol this means "I (re)started": whatever follows, it is outside
  // a connection.
  if (first_hello_ || for_both) {
    classic::append_code(classic::code::kDisconnect, said);
    classic::append_code(classic::code::kDisconnect, said);
    first_hello_ = false;
  }
  const Bytes hello = sealing_ ? first_message_on_wire() : hello_on_wire();
  said.insert(said.end(), hello.begin(), hello.end());
  // And this makes such a peer synchronise. The end of frame behind it tells one of our own not to.
  if (for_both) {
    const bool server = config_.role == Role::server;
    classic::append_code(server ? classic::code::kServerHello : classic::sync_code(1, config_.role), said);
    classic::append_code(line::kEndPlain, said);
  }
  interject(said, now);
  ++stats_.frames_sent;
  lead_in_wanted_ = false;
  last_end_ = now;
  hello_said_ = now;
  if (state_ == LinkState::leaving) {
    if (--goodbyes_left_ == 0) hello_due_ = kNever;
    return;
  }
  if (state_ == LinkState::up) {
    hello_due_ = sealing_ ? next_sealed_hello(now) : kNever;
    return;
  }
  if (hello_interval_ == Duration{}) hello_interval_ = kFirstHelloInterval;
  hello_due_ = now + std::max(hello_interval_, pacer_.time_for(hello.size() * kHelloShare));
  hello_interval_ = std::min(kLastHelloInterval, hello_interval_ * 3 / 2);
  if (trouble_check_due_ == kNever) trouble_check_due_ = now + kTroubleAfter;
}

void Endpoint::Impl::stand_aside(Time now) {
  if (state_ == LinkState::leaving) return;
  go_down(LinkDownReason::peer_restarted, now);
  hello_due_ = kNever;
  trouble_check_due_ = kNever;
}

void Endpoint::Impl::seek(Time now) {
  if (state_ == LinkState::leaving) return;
  hello_interval_ = kFirstHelloInterval;
  hello_due_ = now;
  trouble_check_due_ = now + kTroubleAfter;
}

void Endpoint::Impl::line_lost(Time now) {
  line_away_ = true;
  interrupt_datagrams();
  away_since_ = std::min(away_since_, now);
}

void Endpoint::Impl::line_restored(Time now) {
  line_away_ = false;
  // A frame in progress counts as sent, and will be found lost: its number is never used for another.
  if (frame_) end_frame(now);
  decoder_.reset();
  encoder_.reset();
  outbox_.clear();
  outbox_head_ = 0;
  leaving_frame_.reset();
  partial_told_ = false;
  lead_in_wanted_ = true;
  pacer_.line_restored(now);
  first_hello_ = true;
  put_off_ = PutOff::not_yet;
  if (state_ == LinkState::leaving) return;
  if (state_ != LinkState::up) {
    hello_due_ = now;
    return;
  }
  // The peer's answer to a ping lists what arrived; all else is sent again then.
  ping_wanted_ = true;
  sender_->hurry();
}

void Endpoint::Impl::shut_down(Time now) {
  if (state_ == LinkState::leaving) return;
  const bool heard = state_ != LinkState::down;
  // Its number must not be used for another.
  if (frame_) end_frame(now);
  drop_all_streams();
  set_state(LinkState::leaving);
  goodbyes_left_ = heard ? kGoodbyes : 0;
  hello_due_ = kNever;
  trouble_check_due_ = kNever;
}

bool Endpoint::Impl::finished() const {
  return state_ == LinkState::leaving && goodbyes_left_ == 0 && outbox_head_ == outbox_.size();
}

void Endpoint::Impl::report(LineTrouble trouble) {
  if (state_ == LinkState::up || told_trouble_ == trouble) return;
  told_trouble_ = trouble;
  events_.push_of_line(event::LineTroubled{trouble});
}

void Endpoint::Impl::note_unknown(ByteView bytes) {
  unknown_bytes_ += bytes.size();
  unknown_text_ += static_cast<std::uint64_t>(std::ranges::count_if(bytes, is_text));
}

void Endpoint::Impl::check_for_trouble(Time now) {
  trouble_check_due_ = now + kTroubleAfter;
  if (unknown_bytes_ < kTroubleBytes) return;
  const bool text = unknown_text_ * 10 >= unknown_bytes_ * 9;
  report(text ? LineTrouble::text : LineTrouble::garbled);
  unknown_bytes_ = unknown_text_ = 0;
}

}  // namespace serialtcp
