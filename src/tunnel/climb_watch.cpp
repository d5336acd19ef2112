// What the line carries at the present speed, and whether anything is still understood.
#include <algorithm>

#include "tunnel/climb.h"
#include "tunnel/climb_timing.h"

namespace serialtcp::tunnel {

namespace {

using namespace climbing;

// The line is in use at the new speed: judged after so many frames and this time, or after the other time without them.
constexpr std::uint64_t kEnoughFrames = 30;
constexpr Duration kEnoughTime = 400ms;
// If more is lost, nothing can be agreed on in time at this speed: each end goes back by itself.
constexpr double kUseless = 0.5;
// So many frames are enough if so many times as many are lost as arrive.
constexpr std::uint64_t kEnoughToDespair = 8;
constexpr std::uint64_t kHopeless = 4;
// A loss is told to the other end.
constexpr std::uint16_t kLossToTell = 10;  // of 1000
constexpr Duration kTrialSilence = 400ms;
// At a raised speed: nothing is understood any more.
constexpr Duration kSilence = 1200ms;
constexpr Duration kSuspicion = 150ms;
constexpr Duration kPingEvery = 150ms;
constexpr Duration kLostAfter = 350ms;
constexpr Duration kTrialLostAfter = 150ms;
constexpr Duration kLongestFrame = 250ms;
// After each loss in a row, the next attempt comes twice as late; and when they count as in a row.
constexpr unsigned kMostDoubled = 5;
constexpr Duration kLossesApart = 2min;
// If this end has not looked for so long, it did not run.
constexpr Duration kNotRun = 1s;

}  // namespace

bool Climb::doubts_speed(Time now) const {
  return is_changing() || (is_raised() && now - last_good_ > kSuspicion);
}

void Climb::heard_bytes(std::size_t count, Time now) {
  heard_ += count;
  if (junk_since_ != kNever || !is_in_use() || !is_raised()) return;
  junk_since_ = now;
  ping_at_ = now + suspicion();
}

void Climb::heard_frame(Time now) {
  last_good_ = now;
  junk_since_ = ping_at_ = kNever;
  arrived_any_ = true;
  // What waited gets its turn before the next attempt.
  if (is_in_use() && std::exchange(unheard_, false)) next_at_ = std::max(next_at_, now + kAfterFailure);
  if (is_in_use()) judge(now);
}

Climb::Counts Climb::counts() const {
  if (!link_.sender) return {};
  return {link_.sender->frames_lost(), link_.sender->frames_delivered()};
}

void Climb::judge(Time now) {
  if (count_from_) {
    if (link_.sender->acked() < *count_from_) return;
    count_from_.reset();
    counted_ = counts();
    counted_from_ = now;
  }
  const Counts is = counts();
  const std::uint64_t delivered = is.delivered - std::min(is.delivered, counted_.delivered);
  const std::uint64_t lost = is.lost - std::min(is.lost, counted_.lost);
  const bool hopeless = delivered + lost >= kEnoughToDespair && lost >= kHopeless * delivered;
  if (hopeless && is_raised() && part_ == Part::leads && !speeds_.by_hand) return lose(now);
  if (now - counted_from_ < kEnoughTime || delivered + lost < kEnoughFrames) return;
  counted_ = is;
  counted_from_ = now;
  const double part = static_cast<double>(lost) / static_cast<double>(lost + delivered);
  if (part_ == Part::follows) {
    const auto permille = static_cast<std::uint16_t>(1000 * part);
    if (permille >= kLossToTell || told_loss_ >= kLossToTell) loss_due_ = told_loss_ = permille;
    return;
  }
  if (speeds_.by_hand) return;
  const double nominal = static_cast<double>(link_.nominal_rate);
  const double carried =
      link_.pacer.searching() ? 1 : std::min(1.0, static_cast<double>(link_.pacer.rate()) / nominal);
  const double worse = std::max(part, peer_loss_);
  if (worse > kUseless && is_raised()) return lose(now);
  const auto better = ladder_.judge(speed_, {worse, carried}, now);
  if (state_ == State::trial) rest(now, Duration{});
  if (!better || !is_allowed() || state_ != State::resting) return;
  if (*better < speed_) tell(What::poor, speed_, *better, static_cast<unsigned>(1000 * worse));
  better_ = better;
  next_at_ = now;
}

/// A frame of the peer may be under way for so long.
Duration Climb::suspicion() const {
  return kSuspicion + std::min(link_.pacer.time_for(limits::kMaxFrame), kLongestFrame);
}

Time Climb::junk_due() const {
  if (junk_since_ == kNever || !is_raised()) return kNever;
  const Duration patience = std::min(link_.sender->rtt().patience(), kMostPatience);
  return junk_since_ + suspicion() +
         std::max(state_ == State::trial ? kTrialLostAfter : kLostAfter, patience);
}

Time Climb::silence_due() const {
  const Time since = unanswered_since();
  if (!is_raised() || since == kNever) return kNever;
  const Duration patience = std::min(link_.sender->rtt().patience(), kMostPatience);
  return since + (state_ == State::trial ? kTrialSilence + 2 * answer_time_ : kSilence + patience);
}

/// kNever: no answer is awaited.
Time Climb::unanswered_since() const {
  if (!link_.sender->awaiting() || link_.sender->awaiting_since() == Time{}) return kNever;
  return std::max(link_.sender->awaiting_since(), last_good_);
}

/// At a raised speed what is sent has no answer, or nothing of what arrives is understood. At the base speed that is no matter of
/// the speed, and may last as long as the peer is away.
bool Climb::hears_nothing(Time now) const {
  const Time since = unanswered_since();
  const bool unanswered = since != kNever && now - since > kSuspicion;
  return is_raised() && (unanswered || junk_since_ != kNever);
}

void Climb::watch(Time now) {
  const Time due = std::min(junk_due(), silence_due());
  if (due <= now && now - due < kNotRun) return lose(now);
  if (due <= now) {
    last_good_ = now;
    junk_since_ = ping_at_ = kNever;
    ping_ = true;
  } else if (ping_at_ <= now) {
    ping_at_ = now + kPingEvery;
    ping_ = true;
  }
}

/// Nothing is understood any more: the peer was restarted, or has gone back.
void Climb::lose(Time now) {
  const bool trial = state_ == State::trial;
  const std::uint32_t to = trial ? refuge() : speeds_.base;
  if (trial) {
    ladder_.failed(speed_, link::Ladder::Arrived::something, now);
  } else {
    ladder_.broke(speed_, now);
    losses_ = now - lost_at_ < kLossesApart ? std::min(losses_ + 1, kMostDoubled) : 0;
    lost_at_ = now;
  }
  tell(What::lost, speed_, to);
  const Duration pause = kAfterLoss * (1 << losses_);
  next_at_ = now + pause;
  if (to == speed_) return rest(now, pause);
  ask(to, State::returning);
}

}  // namespace serialtcp::tunnel
