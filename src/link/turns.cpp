#include "link/turns.h"

#include <algorithm>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Patience doubles with each turn taken in vain, up to so many times, and this long.
constexpr int kMostDoublings = 4;
constexpr Duration kMostPatience = 4s;
// An end that was not the last to hand the turn over lets the other one try first.
constexpr int kSecondInLine = 2;
// And both draw lots: up to this part of the patience comes on top.
constexpr double kRandomPart = 0.5;
// A peer that never stops, or noise that sounds like it: so many times its longest turn.
constexpr int kEndless = 2;
// A peer that knows no turns has finished when it was silent for so long, and for so many bytes.
constexpr Duration kBurstGap = 25ms;
constexpr double kBurstGapBytes = 16;
// Two in a row of this end's turns whose beginning was not heard: the peer is still deaf from its own turn. What
// is tried is longer each time, and shorter again after many turns that were heard.
constexpr int kGuardCertain = 2;
constexpr Duration kFirstGuard = 2ms;
constexpr int kGuardGrows = 4;
constexpr Duration kMostGuard = 400ms;
constexpr int kGuardSuccesses = 64;

Duration part(Duration whole, double fraction) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(whole.count()) * fraction));
}

}  // namespace

void Turns::begin(Use use, Holder first, Session session, std::uint64_t nominal_rate, Time now) {
  *this = Turns();
  use_ = use;
  holder_ = use == Use::alone ? Holder::nobody : first;
  session_ = session;
  air_ = Air(nominal_rate);
  since_ = last_heard_ = left_ = given_ = now;
}

Duration Turns::patience() const {
  const Duration longer = air_.patience() * (1 << std::min(failures_, kMostDoublings));
  const Duration patience = std::min(longer, std::max(air_.patience(), kMostPatience));
  return patience + part(patience, kRandomPart * random_);
}

Time Turns::talk_due() const {
  if (holder_ == Holder::nobody) return Time{};
  if (holder_ == Holder::us) return talking_ ? Time{} : given_ + guard_;
  if (leaving_) return kNever;
  const Time quiet_since = std::max({last_heard_, left_, since_});
  if (use_ == Use::alone && answered_) {
    const double gap = kBurstGapBytes / air_.rate();
    return quiet_since + std::max(kBurstGap, part(1s, gap));
  }
  const Time silent = quiet_since + patience() * (answered_ ? kSecondInLine : 1);
  const Duration longest = std::chrono::milliseconds(peer_longest_) * kEndless + 2 * kSecondInLine * patience();
  return std::min(silent, std::max(left_, since_) + longest);
}

void Turns::talk(std::uint64_t position, Time now) {
  if (talking_) return;
  taken_ = holder_ == Holder::peer;
  if (taken_) ++failures_;
  holder_ = Holder::us;
  talking_ = true;
  began_ = now;
  began_position_ = position;
}

bool Turns::over(std::uint64_t position, Time leaves, Air::Typing typing) const {
  if (!talking_) return false;
  return leaves >= began_ + air_.longest_turn(typing) || position - began_position_ >= air_.turn_bytes(typing);
}

void Turns::release(double random) {
  talking_ = false;
  answer_owed_ = false;
  answered_ = false;
  leaving_ = true;
  random_ = random;
}

Turns::Said Turns::hand_over(More more, Air::Typing typing, double random) {
  release(random);
  holder_ = Holder::peer;
  // A turn that was given and not heard of has the number that ours would have.
  number_ = static_cast<std::uint8_t>(number_ + (taken_ ? 2 : 1));
  we_said_it_ = true;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(air_.longest_turn(typing)).count();
  return {number_, more, taken_, static_cast<std::uint16_t>(std::min<std::int64_t>(ms, 0xFFFF))};
}

void Turns::fall_silent(More more, double random) {
  release(random);
  holder_ = more == More::yes ? Holder::peer : Holder::nobody;
}

void Turns::left(std::uint64_t position, Time leaves) {
  if (!leaving_) return;
  leaving_ = false;
  end_position_ = position;
  left_ = since_ = leaves;
}

void Turns::heard_bytes(Time now) {
  last_heard_ = now;
  // Somebody has begun.
  if (holder_ != Holder::nobody || talking_) return;
  holder_ = Holder::peer;
  since_ = now;
  answered_ = true;
}

void Turns::heard_frame(std::size_t bytes, const Loss& loss, Time now) {
  if (holder_ == Holder::peer && !answered_ && !leaving_) learn(bytes, loss, now);
  answered_ = true;
  failures_ = 0;
}

void Turns::learn(std::size_t bytes, const Loss& loss, Time now) {
  // The answer to a turn that was taken may be one to the turn before.
  if (taken_) return;
  loss.first_frame ? guard_failed() : guard_held();
  const Time began = now - part(1s, static_cast<double>(bytes) / air_.rate());
  air_.learn({.bytes = static_cast<std::size_t>(end_position_ - began_position_),
              .answered = std::max(Duration{}, began - began_),
              .after_end = std::max(Duration{}, began - left_),
              .lost = loss.bytes});
}

bool Turns::heard_turn(const Said& said, Time now) {
  const auto ahead = static_cast<std::int8_t>(said.number - number_);
  const bool crossed = ahead == 0 && we_said_it_ && session_ == Session::lower;
  if (ahead <= 0 && !crossed) return false;
  if (said.taken && we_said_it_ && !answered_) guard_failed();
  peer_longest_ = said.longest;
  number_ = said.number;
  we_said_it_ = false;
  if (!talking_) given_ = now;
  holder_ = Holder::us;
  answer_owed_ = said.more == More::yes;
  return true;
}

void Turns::guard_failed() {
  guard_successes_ = 0;
  if (++guard_failures_ < kGuardCertain) return;
  guard_failures_ = 0;
  guard_ = std::clamp(guard_ * kGuardGrows, kFirstGuard, kMostGuard);
}

void Turns::guard_held() {
  guard_failures_ = 0;
  if (++guard_successes_ < kGuardSuccesses) return;
  guard_successes_ = 0;
  guard_ = guard_ < kFirstGuard ? Duration{} : guard_ * 9 / 10;
}

}  // namespace serialtcp::link
