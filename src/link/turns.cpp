#include "link/turns.h"

#include <algorithm>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// The patience doubles with each turn taken without success, except the first ones, up to this number of
// times and to this time.
constexpr int kMostCollisions = 4;
constexpr int kPatientFailures = 3;
constexpr Duration kMostTurnPatience = 4s;
// The end that was not the last to pass the turn on lets the other end act first.
constexpr int kSecondInLine = 2;
// Both add a random time, up to this part of the patience.
constexpr double kRandomPart = 0.5;
// A peer that never stops, or noise that looks like one, is awaited for this multiple of its longest turn.
constexpr int kEndless = 2;
// A peer that does not support turns has finished when it was silent for this long, and for this many byte
// times.
constexpr Duration kBurstGap = 25ms;
constexpr double kBurstGapBytes = 16;
// If the beginning of this end's turn was lost, the peer could not yet receive after its own turn. The guard
// time grows each time, and is reduced again after many turns that arrived. Where it has worked, one failure
// may be noise.
constexpr int kGuardCertain = 2;
constexpr Duration kFirstGuard = 2ms;
constexpr int kGuardGrows = 3;
constexpr Duration kMostGuard = 400ms;
constexpr int kLeastSuccesses = 64;
constexpr int kMostSuccesses = 8192;

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
  const Duration first = air_.patience();
  const Duration longer = first * (1 << std::clamp(failures_ - kPatientFailures, 0, kMostCollisions));
  const Duration patience = std::min(longer, std::max(first, kMostTurnPatience));
  return patience + part(patience, kRandomPart * random_);
}

Duration Turns::longest_turn() const {
  const Duration peers = std::chrono::milliseconds(peer_longest_);
  return std::max(air_.turn_round() + air_.longest_turn(Air::Typing::no), peers);
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
  const Duration longest =
      std::chrono::milliseconds(peer_longest_) * kEndless + 2 * kSecondInLine * patience();
  return std::min(silent, std::max(left_, since_) + longest);
}

void Turns::talk(std::uint64_t position, Time now) {
  if (talking_) return;
  taken_ = holder_ == Holder::peer;
  if (taken_) take_after_silence();
  judged_ = true;
  given_to_us_ = holder_ == Holder::us;
  holder_ = Holder::us;
  talking_ = true;
  began_ = now;
  began_position_ = position;
  burst_ = air_.burst();
}

void Turns::take_after_silence() {
  ++failures_;
  if (answered_) return;
  const auto bytes = static_cast<std::size_t>(end_position_ - began_position_);
  air_.learn_silence({.bytes = bytes, .burst = burst_});
  // Of a longer turn, the modem may have dropped the end.
  if (given_to_us_ && !judged_ && bytes <= Air::kShortTurn) guard_failed();
}

bool Turns::over(std::uint64_t position, Time leaves, Air::Typing typing) const {
  if (!talking_) return false;
  return leaves >= began_ + air_.turn_round() + air_.longest_turn(typing) ||
         position - began_position_ >= air_.turn_bytes(typing);
}

std::size_t Turns::bytes_left(std::uint64_t position, Air::Typing typing) const {
  const auto gone = static_cast<std::size_t>(position - began_position_);
  return air_.turn_bytes(typing) - std::min(gone, air_.turn_bytes(typing));
}

void Turns::release(double random) {
  talking_ = false;
  answer_owed_ = false;
  answered_ = judged_ = false;
  leaving_ = true;
  random_ = random;
  incoming_ = {};
  answered_after_.reset();
}

Turns::Said Turns::hand_over(More more, Awaits awaits, Air::Typing typing, double random) {
  release(random);
  holder_ = awaits == Awaits::answer || more == More::yes ? Holder::peer : Holder::nobody;
  // A turn that was passed to us and did not arrive has the number that ours would have.
  number_ = static_cast<std::uint8_t>(number_ + (taken_ ? 2 : 1));
  we_said_it_ = true;
  const auto ms =
      std::chrono::ceil<std::chrono::milliseconds>(air_.turn_round() + air_.longest_turn(typing)).count();
  return {number_, more, taken_, static_cast<std::uint16_t>(std::min<std::int64_t>(ms, 0xFFFF))};
}

void Turns::await_answer(double random) {
  release(random);
  holder_ = Holder::peer;
}

void Turns::fall_silent(Time leaves) {
  release(random_);
  leaving_ = false;
  left_ = leaves;
  holder_ = Holder::nobody;
}

void Turns::left(std::uint64_t position, Time leaves) {
  if (!leaving_) return;
  leaving_ = false;
  end_position_ = position;
  left_ = since_ = leaves;
}

void Turns::heard_bytes(std::size_t count, Time now) {
  last_heard_ = now;
  if (talking_) return;
  if (holder_ != Holder::peer && !answer_owed_) {
    // The peer has begun to send.
    holder_ = Holder::peer;
    since_ = now;
    answered_ = true;
    incoming_ = {};
  }
  if (!incoming_.begun) {
    incoming_ = {true, now, now, 0};
  } else {
    incoming_.last = now;
    incoming_.bytes += count;
  }
}

void Turns::heard_frame(const Heard& heard, Time now) {
  // The answer to a turn that was taken may belong to the turn before. And a peer that did not receive our
  // turn has not answered it.
  const bool is_answer = holder_ == Holder::peer && !answered_ && !leaving_;
  if (is_answer && !taken_ && heard.first_frame == FirstFrame::arrived) learn(heard, now);
  if (is_answer && !taken_ && heard.first_frame == FirstFrame::lost) air_.learn_loss(last_turn(heard));
  judge_guard(heard);
  if (heard.measured && !taken_) air_.learn(*heard.measured, last_turn(heard));
  answered_ = true;
  failures_ = 0;
  if (heard.turn) heard_turn(*heard.turn, now);
}

void Turns::judge_guard(const Heard& heard) {
  if (judged_) return;
  const bool taken = heard.turn && heard.turn->taken;
  judged_ = heard.turn || heard.first_frame != FirstFrame::unknown;
  if (!given_to_us_) return;
  if (heard.first_frame == FirstFrame::arrived) return guard_held();
  // A peer that takes the turn has not received ours, or not its end.
  if (taken || heard.first_frame == FirstFrame::lost) guard_failed();
}

void Turns::learn(const Heard& heard, Time now) {
  // What is delivered in a lump began to arrive before it was read.
  const Time read = incoming_.begun ? incoming_.first : now;
  const Time began = std::min(read, now - part(1s, static_cast<double>(heard.bytes) / air_.rate()));
  answered_after_ = std::max(Duration{}, began - began_);
  Air::Turn turn = last_turn(heard);
  turn.after_end = std::max(Duration{}, began - left_);
  air_.learn(turn);
}

Air::Turn Turns::last_turn(const Heard& heard) const {
  return {.bytes = static_cast<std::size_t>(end_position_ - began_position_),
          .answered = answered_after_,
          .lost = heard.lost,
          .burst = burst_};
}

void Turns::heard_turn(const Said& said, Time now) {
  const auto ahead = static_cast<std::int8_t>(said.number - number_);
  const bool crossed = ahead == 0 && we_said_it_ && session_ == Session::lower;
  if (ahead <= 0 && !crossed) return;
  peer_longest_ = said.longest;
  number_ = said.number;
  we_said_it_ = false;
  if (!talking_) given_ = now;
  holder_ = Holder::us;
  answer_owed_ = said.more == More::yes;
}

void Turns::guard_failed() {
  guard_successes_ = 0;
  if (++guard_failures_ < kGuardCertain && guard_proven_) return;
  guard_failures_ = 0;
  // A shorter guard time was tried without success.
  if (guard_proven_) guard_lasts_ = std::min(2 * guard_lasts_, kMostSuccesses);
  guard_proven_ = false;
  guard_ = std::clamp(guard_ * kGuardGrows, kFirstGuard, kMostGuard);
}

void Turns::guard_held() {
  guard_failures_ = 0;
  guard_proven_ = true;
  guard_lasts_ = std::max(guard_lasts_, kLeastSuccesses);
  if (++guard_successes_ < guard_lasts_ || guard_ == Duration{}) return;
  guard_successes_ = 0;
  guard_proven_ = false;
  guard_ = guard_ <= kFirstGuard ? Duration{} : guard_ * 3 / 4;
}

}  // namespace serialtcp::link
