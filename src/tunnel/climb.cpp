#include "tunnel/climb.h"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

#include "tunnel/climb_timing.h"

namespace serialtcp::tunnel {

namespace {

using namespace climbing;

// What a peer may say.
constexpr std::size_t kMostRungs = wire::kMaxSpeedBytes / 4;
// A device that differs by more is not understood.
constexpr double kSpeedError = 0.02;
// The first proposal comes when the round trip is known.
constexpr Duration kBeforeFirst = 300ms;
// Whether there is something new to try is looked at so often.
constexpr Duration kLookEvery = 5s;
// For READY; nothing waits meanwhile.
constexpr Duration kReadyPatience = 600ms;
// For the line to run dry, and how much later than the model says: a UART's buffer, a driver's thread.
constexpr Duration kDryPatience = 700ms;
constexpr Duration kDryMargin = 10ms;
// The end that follows changes its speed earlier than the other one by about kDryMargin.
constexpr Duration kProbesLater = 25ms;
constexpr Duration kProbePatience = 130ms;
constexpr Duration kProbePatienceAtMost = 750ms;
constexpr Duration kProbesAgain = 60ms;
// With a peer that answers later than this, an attempt that fails would cost more than a second.
constexpr Duration kTooFar = 250ms;
// Each of them costs the follower's patience; after the first ones they are rare.
constexpr Duration kFarAgain = 20s;
constexpr unsigned kMostFarTimes = 8;
constexpr std::size_t kProbeOnWire = 120;
// Several probes must have arrived, and none was understood: the cable does not carry the speed.
constexpr std::size_t kHeardInVain = 3 * kProbeOnWire;
constexpr Duration kTrial = 1s;
constexpr Duration kTrialLonger = 100ms;
constexpr Duration kTellAfter = 2s;
constexpr Duration kRetry = 1s;

bool is_near(std::uint32_t speed, std::uint32_t wanted) {
  const double error = (static_cast<double>(speed) - wanted) / wanted;
  return error <= kSpeedError && error >= -kSpeedError;
}

bool has(std::span<const std::uint32_t> speeds, std::uint32_t speed) {
  return std::ranges::find(speeds, speed) != speeds.end();
}

}  // namespace

// ---- The shell ----

void Climb::line_has(const LineSpeeds& speeds) {
  speeds_ = speeds;
  speed_ = previous_ = told_ = speeds.base;
  asked_.reset();
  if (speeds.first != 0) ladder_.try_first(speeds.first);
}

void Climb::line_lost(Time now) {
  asked_.reset();
  retry_at_ = kNever;
  if (!is_possible()) return;
  speed_ = previous_ = speeds_.base;
  link_.set_rate(speed_, speeds_.base, 0, now);
  if (state_ == State::off) return;
  rungs_due_ = true;
  rest(now, kAfterLoss);
}

bool Climb::can(std::uint32_t speed) const {
  if (speed == speeds_.base) return true;
  return has(kSpeeds, speed) && speed > speeds_.base && speed <= speeds_.most && !has(left_out_, speed);
}

void Climb::ask(std::uint32_t speed, State why) {
  state_ = why;
  asked_ = speed;
  timer_ = kNever;
}

void Climb::speed_set(std::optional<std::uint32_t> speed, Time now) {
  if (!asked_) return;
  const std::uint32_t wanted = *std::exchange(asked_, std::nullopt);
  const bool good = speed && is_near(*speed, wanted);
  speed_ = good ? wanted : speed.value_or(speed_);
  link_.set_rate(speed_, speeds_.base, speed_ == previous_ ? measured_ : 0, now);
  if (state_ == State::setting && good) return prove(now);
  if (state_ == State::setting) {
    leave_out(wanted, speed);
    return ask(previous_, State::returning);
  }
  // There is no other place to go: it is tried again.
  if (!good) return void(retry_at_ = now + kRetry);
  if (state_ == State::off && is_raised()) return void(asked_ = speeds_.base);
  if (state_ == State::off) return is_wanted_ ? rest(now, kBeforeFirst) : void();
  ping_ = true;
  rest(now, next_at_ == kNever ? kAfterFailure : std::max(Duration{}, next_at_ - now));
  unheard_ = true;
}

void Climb::leave_out(std::uint32_t speed, std::optional<std::uint32_t> got) {
  left_out_.push_back(speed);
  rungs_due_ = true;
  update_ladder();
  tell(What::left_out, speed, got.value_or(0));
}

// ---- The tunnel ----

void Climb::begin(Part part, Time now) {
  if (!is_possible()) return;
  if (!link_.peer.features.has(wire::Feature::speed)) {
    if (!std::exchange(told_stays_, true)) tell(What::stays, speeds_.base, 0);
    return;
  }
  part_ = part;
  peer_rungs_.clear();
  rungs_due_ = true;
  last_good_ = now;
  previous_ = speed_;
  ladder_.next_peer();
  is_wanted_ = true;
  if (state_ == State::off && !asked_) rest(now, kBeforeFirst);
}

void Climb::end() {
  leave();
  if (is_possible() && !asked_ && is_raised()) asked_ = speeds_.base;
}

void Climb::leave() {
  state_ = State::off;
  timer_ = dry_at_ = next_at_ = tell_at_ = ping_at_ = probe_again_ = junk_since_ = kNever;
  said_ = propose_due_ = rungs_due_ = told_range_ = ping_ = unheard_ = false;
  is_wanted_ = false;
  loss_due_.reset();
  better_.reset();
  to_send_ = 0;
}

void Climb::rest(Time now, Duration before_next) {
  state_ = State::resting;
  timer_ = dry_at_ = probe_again_ = junk_since_ = ping_at_ = kNever;
  said_ = propose_due_ = false;
  to_send_ = 0;
  next_at_ = now + before_next;
  last_good_ = now;
  count_from_ = link_.sender ? std::optional(link_.sender->next_number()) : std::nullopt;
  tell_at_ = speed_ != told_ ? now + kTellAfter : kNever;
}

bool Climb::is_allowed() const {
  return state_ != State::off && !link_.turns.in_use() && !coded_;
}

bool Climb::is_in_use() const {
  return state_ == State::resting || state_ == State::proposed || state_ == State::trial;
}

bool Climb::is_silent() const {
  return asked_.has_value() || (said_ && (state_ == State::promised || state_ == State::draining));
}

bool Climb::is_alone() const {
  return state_ == State::proving || (!said_ && (state_ == State::promised || state_ == State::draining));
}

void Climb::handed_all(Time leaves) {
  if (state_ == State::draining && said_ && dry_at_ == kNever) dry_at_ = leaves + kDryMargin;
}

void Climb::tick(Time now) {
  if (retry_at_ <= now) {
    retry_at_ = kNever;
    asked_ = speeds_.base;
  }
  if (state_ == State::off || asked_) return;
  if (dry_at_ <= now && state_ == State::draining) {
    const bool late = now - said_at_ > kDryPatience;
    dry_at_ = kNever;
    return late ? rest(now, kAfterFailure) : ask(target_, State::setting);
  }
  if (timer_ <= now) {
    if (state_ == State::proving) return go_back(now);
    if (state_ == State::trial && hears_nothing(now)) return void(timer_ = now + kTrialLonger);
    // No READY, no GO, or the line does not run dry; or the trial is over.
    return rest(now, state_ == State::trial ? Duration{} : kAfterFailure);
  }
  if (state_ == State::proving && probe_again_ <= now) {
    if (!arrived_any_ && heard_ > kHeardInVain) return go_back(now);
    to_send_ = ~arrived_ & ((1U << kProbes) - 1);
    probe_again_ = now + kProbesAgain + answer_time_;
  }
  if (is_in_use()) watch(now);
  if (state_ != State::resting) return;
  if (next_at_ <= now) propose(now);
  if (tell_at_ <= now) {
    tell_at_ = kNever;
    told_ = speed_;
    tell(What::settled, speed_, speeds_.base);
  }
}

Time Climb::deadline() const {
  if (state_ == State::off || asked_) return asked_ ? kNever : retry_at_;
  Time due = std::min({retry_at_, timer_, dry_at_, state_ == State::proving ? probe_again_ : kNever});
  if (is_in_use()) due = std::min({due, junk_due(), silence_due(), ping_at_});
  if (state_ != State::resting) return due;
  return std::min({due, part_ == Part::leads ? next_at_ : kNever, tell_at_});
}

// ---- One attempt ----

void Climb::propose(Time now) {
  next_at_ = now + kLookEvery;
  if (part_ != Part::leads || !is_allowed() || peer_rungs_.empty()) return;
  const std::optional<std::uint32_t> better = std::exchange(better_, std::nullopt);
  const std::optional<std::uint32_t> next = better || speeds_.by_hand ? better : ladder_.next(speed_, now);
  if (!next || *next == speed_ || !can(*next)) return;
  ++number_;
  target_ = *next;
  leave_from();
  state_ = State::proposed;
  propose_due_ = true;
  timer_ = now + kReadyPatience + std::min(link_.sender->rtt().patience(), kMostPatience);
}

void Climb::hear(const wire::chunk::Speed& said, Time now) {
  if (state_ == State::off) return;
  const bool current = said.number == number_;
  switch (said.kind) {
    case SpeedKind::rungs:
      return hear_rungs(said.bytes, now);
    case SpeedKind::propose:
      return hear_proposal(said);
    case SpeedKind::ready:
      if (state_ != State::proposed || !current || propose_due_) return;
      answer_time_ = now - said_at_;
      if (answer_time_ > kTooFar) return rest(now, kFarAgain * (1 << std::min(far_times_++, kMostFarTimes)));
      far_times_ = 0;
      state_ = State::draining;
      to_say_ = times_to_say();
      timer_ = now + kDryPatience;
      return;
    case SpeedKind::go:
      // One that is old was read late: the peer has gone back already.
      if (state_ != State::promised || timer_ == kNever || !current || now > timer_) return;
      answer_time_ = now - said_at_;
      return ask(target_, State::setting);
    case SpeedKind::loss:
      peer_loss_ = said.permille / 1000.0;
      return;
    case SpeedKind::probe:
      if (current) peer_proves_ = true;
      if (state_ == State::proving && is_proven()) begin_trial(now);
      return;
  }
}

void Climb::hear_rungs(ByteView bytes, Time now) {
  base::Reader in(bytes);
  peer_rungs_.clear();
  while (in.size() >= 4 && peer_rungs_.size() < kMostRungs)
    peer_rungs_.push_back(static_cast<std::uint32_t>(in.little(4)));
  update_ladder();
  tell_range();
  // Its line was away, and bytes pass whatever the speeds are: nothing else shows that it has the base speed again.
  const bool returned = !peer_rungs_.empty() && peer_rungs_.front() == speeds_.base;
  if (!returned || !is_raised() || (state_ != State::resting && state_ != State::trial)) return;
  ladder_.try_first(speed_);
  next_at_ = now + kAfterFailure;
  ask(speeds_.base, State::returning);
}

/// Of what can be raised at all, the user learns what is done about it.
void Climb::tell_range() {
  const std::vector<std::uint32_t> both = common();
  if (state_ == State::off || both.empty() || both.back() <= speeds_.base) return;
  if (coded_ && !std::exchange(told_coded_, true)) tell(What::coded, speeds_.base, 0);
  if (is_allowed() && !std::exchange(told_range_, true)) tell(What::climbs, speeds_.base, both.back());
}

void Climb::line_is_coded(bool coded) {
  coded_ = coded;
  tell_range();
}

std::vector<std::uint32_t> Climb::common() const {
  std::vector<std::uint32_t> both;
  std::ranges::copy_if(peer_rungs_, std::back_inserter(both),
                       [this](std::uint32_t speed) { return can(speed); });
  std::ranges::sort(both);
  both.erase(std::ranges::unique(both).begin(), both.end());
  return both;
}

void Climb::update_ladder() {
  ladder_.set_rungs(common(), speeds_.base);
}

bool Climb::try_by_hand(std::uint32_t speed, Time now) {
  const bool ready = state_ == State::resting && part_ == Part::leads && is_allowed() && !asked_;
  if (!speeds_.by_hand || !ready || speed == speed_ || !has(common(), speed)) return false;
  better_ = speed;
  next_at_ = now;
  return true;
}

/// What an end goes back to.
void Climb::leave_from() {
  peer_proves_ = false;
  previous_ = speed_;
  measured_ = link_.pacer.searching() ? 0 : link_.pacer.rate();
}

void Climb::hear_proposal(const wire::chunk::Speed& said) {
  const bool repeated = state_ == State::promised && said.number == number_;
  if (part_ == Part::leads || !is_in_use() || !is_allowed() || repeated) return;
  if (!can(said.speed) || said.speed == speed_) return;
  number_ = said.number;
  target_ = said.speed;
  leave_from();
  state_ = State::promised;
  said_ = false;
  to_say_ = times_to_say();
  // From when READY is sent.
  timer_ = kNever;
}

void Climb::prove(Time now) {
  state_ = State::proving;
  arrived_any_ = false;
  heard_ = 0;
  arrived_ = 0;
  loss_due_.reset();  // it is about the speed before
  to_send_ = (1U << kProbes) - 1;
  probe_from_ = now + (part_ == Part::follows ? kProbesLater : Duration{});
  probe_again_ = probe_from_ + kProbesAgain + answer_time_;
  const Duration patience =
      kProbePatience + 2 * answer_time_ + 2 * link_.pacer.time_for(kProbes * kProbeOnWire);
  timer_ = now + std::min(patience, kProbePatienceAtMost);
}

/// There are lines that pass bytes on whatever the speeds of their ends are, so that those of the other end arrive does not mean that
/// it could set this one.
bool Climb::is_proven() const {
  return arrived_ == (1U << kProbes) - 1 && peer_proves_;
}

/// The probes have not all arrived, or the peer does not say so.
void Climb::go_back(Time now) {
  ladder_.failed(target_, arrived_any_ ? link::Ladder::Arrived::something : link::Ladder::Arrived::nothing,
                 now);
  next_at_ = now + kAfterFailure;
  if (!has(told_kept_, target_)) {
    told_kept_.push_back(target_);
    tell(What::kept, target_, refuge(), 1000 * static_cast<unsigned>(std::popcount(arrived_)) / kProbes);
  }
  if (refuge() == speed_) return rest(now, kAfterFailure);
  ask(refuge(), State::returning);
}

void Climb::begin_trial(Time now) {
  rest(now, kTrial);
  state_ = State::trial;
  timer_ = now + kTrial;
  better_.reset();
  peer_loss_ = 0;
  told_loss_ = 0;
  ping_ = true;
  if (speeds_.by_hand) tell(What::proven, speed_, previous_);
}

}  // namespace serialtcp::tunnel
