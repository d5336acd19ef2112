#include "tunnel/line_agreement.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "wire/line_sweep.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;
using wire::LineMode;
using Kind = wire::LineMessage::Kind;

// So many sweeps in which a value did not arrive are not noise.
constexpr int kMapsCertain = 2;
constexpr int kMostSweeps = 6;
// An answer takes this long, and the time of so many bytes: a sweep and a report in each direction.
constexpr Duration kAnswer = 400ms;
constexpr std::uint64_t kExchange = 1000;
// Without an answer in so many tries, the next ones are later.
constexpr int kMostTries = 5;
constexpr Duration kFirstPause = 4s;
constexpr Duration kLongestPause = 60s;

wire::LineCoding forced(const CleanLine& clean) {
  if (clean.mode == CleanMode::seven_bits) return {LineMode::lines, {}};
  if (clean.mode == CleanMode::escape) return {LineMode::escaped, clean.avoided};
  return {};
}

bool is_forced(const CleanLine& clean) {
  return clean.mode != CleanMode::automatic;
}

}  // namespace

LineAgreement::LineAgreement(const CleanLine& clean, std::uint64_t rate, std::uint64_t seed)
    : clean_(clean), rate_(std::max<std::uint64_t>(rate, 1)), random_(seed), coding_(forced(clean)) {
  CHECK(wire::is_possible(coding_));
  token_.value = random_.below(wire::kLineTokens);
}

void LineAgreement::begin(Time now) {
  if (searching_ || is_forced(clean_) || now < again_from_) return;
  searching_ = true;
  tries_ = 0;
  due_ = now;
  reported_ = false;
  peer_.reset();
  in_ = out_ = {};
}

void LineAgreement::stop() {
  searching_ = probe_ = report_ = false;
  sweep_.reset();
  due_ = kNever;
}

void LineAgreement::link_is_up() {
  stop();
  again_from_ = {};
  pause_ = {};
}

void LineAgreement::pause(Time now) {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  again_from_ = now + pause_;
}

void LineAgreement::forget() {
  link_is_up();
  coding_ = forced(clean_);
  coding_of_peer_ = {};
  required_.reset();
  told_.reset();
  announced_by_.reset();
  announce_ = false;
  peer_.reset();
  in_ = out_ = {};
  echo_ = false;
  token_.value = random_.below(wire::kLineTokens);
}

void LineAgreement::avoid(const wire::ByteSet& values) {
  if (is_forced(clean_)) return;
  required_ |= values;
  // What the search finds includes these. Announced alone, they would end it.
  if (!searching_) adopt(coding_);
}

/// Both directions use the same coding, so that each end can decode its own echo. It only becomes stricter until the link
/// ends: otherwise announcements that cross would follow each other for ever.
void LineAgreement::adopt(const wire::LineCoding& coding) {
  if (coding_.mode == LineMode::printable || coding_.mode == LineMode::lines) return;
  std::optional<wire::LineCoding> wanted = coding;
  if (coding.mode == LineMode::plain || coding.mode == LineMode::escaped)
    wanted = wire::coding_for(coding_.avoided | coding.avoided | required_);
  if (!wanted || *wanted == coding_) return;
  coding_ = *wanted;
  announce_ = true;
}

void LineAgreement::meet(wire::LineToken token) {
  if (peer_ == token) return;
  peer_ = token;
  in_ = out_ = {};
  reported_ = false;
}

void LineAgreement::heard(const wire::LineMessage& message, Time now) {
  if (is_own(message)) {
    echo_ = true;
    return;
  }
  if (message.kind == Kind::announce) {
    coding_of_peer_ = message.coding;
    if (!is_forced(clean_)) adopt(message.coding);
    const bool asks = searching_;
    stop();
    // The other end may still be asking, or has just started.
    const bool is_new = announced_by_ != message.token && coding_.mode != LineMode::plain;
    announced_by_ = message.token;
    announce_ = announce_ || asks || is_new;
    return;
  }
  const bool asks = message.kind == Kind::probe || message.kind == Kind::report;
  if (!asks) return;
  // This end knows how, or no longer asks; the other one learns it from the announcement.
  const bool late = !searching_ && (coding_.mode != LineMode::plain || message.kind == Kind::report);
  // An end that asks again was told, and it was no use.
  const bool again = message.kind == Kind::probe && told_ == message.token;
  if (is_forced(clean_) || (late && !again)) {
    announce_ = true;
    told_ = message.token;
    return;
  }
  if (!searching_) {
    again_from_ = {};
    begin(now);
  }
  meet(message.token);
  due_ = now + patience();
  if (message.kind == Kind::report) return heard_report(message, now);
  report_ = true;
}

void LineAgreement::heard_report(const wire::LineMessage& message, Time now) {
  if (message.peer != token_) return;
  if (!reported_) report_ = true;
  out_.arrived |= message.arrived;
  if (message.complete) {
    out_.complete = true;
    sweep_.reset();
    return decide(now);
  }
  sweep_ = ~message.arrived;
  turn_until_ = now + patience();
}

void LineAgreement::heard_sweep(ByteView sweep, Time now) {
  if (!searching_) return;
  due_ = now + patience();
  const wire::ByteSet before = in_.arrived;
  in_.arrived |= wire::arrived(sweep);
  ++in_.sweeps;
  const wire::ByteSet bad = ~(in_.arrived | wire::unswept());
  const std::vector<ByteChange> changes = wire::changes(sweep, bad);
  const bool seven_bits = changes.size() == 1 && changes[0].kind == ByteChange::Kind::seven_bits;
  const bool certain = in_.sweeps >= kMapsCertain && in_.arrived == before;
  if (!in_.complete && (bad.none() || certain || seven_bits || in_.sweeps >= kMostSweeps)) {
    in_.complete = true;
    changes_ = changes;
  }
  report_ = true;
  decide(now);
}

void LineAgreement::decide(Time now) {
  if (!searching_ || !in_.complete || !out_.complete) return;
  const auto coding =
      wire::coding_for(wire::to_avoid(in_.arrived) | wire::to_avoid(out_.arrived) | required_);
  const bool tells = report_;
  stop();
  report_ = tells;
  pause(now);
  if (!coding) {
    hopeless_ = true;
    return;
  }
  coding_ = *coding;
  announce_ = true;
}

Time LineAgreement::due() const {
  if (report_ || probe_ || announce_) return Time{};
  if (sweep_) return echo_ && in_.sweeps == 0 && peer_ && peer_->value < token_.value ? turn_until_ : Time{};
  return searching_ ? due_ : kNever;
}

/// Where each end hears itself, their sweeps must not mix.
bool LineAgreement::waits_for_turn(Time now) const {
  return echo_ && in_.sweeps == 0 && peer_ && peer_->value < token_.value && now < turn_until_;
}

Bytes LineAgreement::compose(Time now) {
  if (searching_ && due_ <= now) try_again(now);
  if (std::exchange(report_, false) && peer_) {
    reported_ = true;
    return wire::write_line_message({.kind = Kind::report,
                                     .token = token_,
                                     .peer = *peer_,
                                     .complete = in_.complete,
                                     .arrived = in_.arrived});
  }
  if (sweep_ && !waits_for_turn(now)) {
    Bytes out = wire::write_line_message({.kind = Kind::sweep, .token = token_});
    const Bytes values = wire::make_sweep(*std::exchange(sweep_, std::nullopt));
    const Bytes end = wire::write_line_message({.kind = Kind::swept, .token = token_});
    out.insert(out.end(), values.begin(), values.end());
    out.insert(out.end(), end.begin(), end.end());
    return out;
  }
  if (std::exchange(announce_, false)) return announcement();
  if (std::exchange(probe_, false)) return wire::write_line_message({.kind = Kind::probe, .token = token_});
  return {};
}

Bytes LineAgreement::announcement() const {
  return wire::write_line_message({.kind = Kind::announce, .token = token_, .coding = coding_});
}

void LineAgreement::try_again(Time now) {
  if (++tries_ > kMostTries) {
    stop();
    adopt(coding_);
    return pause(now);
  }
  due_ = now + patience();
  (peer_ ? report_ : probe_) = true;
}

Duration LineAgreement::patience() const {
  if (!peer_) return kAnswer;
  return kAnswer + Duration(1s) * static_cast<Duration::rep>(kExchange) / static_cast<Duration::rep>(rate_);
}

std::vector<ByteChange> LineAgreement::take_changes() {
  return std::exchange(changes_, {});
}

}  // namespace serialtcp::tunnel
