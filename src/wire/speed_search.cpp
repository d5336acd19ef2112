#include "wire/speed_search.h"

#include <algorithm>
#include <utility>

namespace serialtcp::wire {

namespace {

using namespace std::chrono_literals;

/// The usual ones, the more usual ones first, and then others, which are not tried in the first round.
constexpr std::uint32_t kSpeeds[] = {115200,  9600,    921600, 57600,   38400,  19200, 230400,
                                     460800,  1000000, 500000, 1500000, 576000, 4800,  2400,
                                     2000000, 3000000, 1200,   300,     600};
constexpr std::size_t kUsualSpeeds = 12;
/// Where a faster peer is listened to: fast enough to see each of its bits, or nearly, and possible for most UARTs.
constexpr std::uint32_t kHighSpeed = 921600;
/// A peer without a link repeats its hello after so long, at most (tunnel/establish).
constexpr Duration kHelloInterval = 1250ms;
constexpr Duration kMargin = 50ms;
/// After a round that has found nothing, it stays for an interval of hellos, and up to this longer: two ends that search
/// must not follow each other's steps.
constexpr Duration kVariation = 1s;
/// What has arrived is judged after so long without a byte, or when there is so much of it.
constexpr Duration kPause = 40ms;
constexpr std::size_t kMostJudged = 400;
/// Fewer bytes are noise.
constexpr std::size_t kLeastEvidence = 4;
/// A slower peer's hello gives more bytes.
constexpr std::size_t kFewBytes = 30;
constexpr double kNearlyAsLikely = 10;
constexpr std::size_t kLeastTextRead = 32;
/// Where text was found, this end sends nothing for so long: whoever sends knows by then what is there (wire/console_watch).
constexpr Duration kReadsOn = 2s;
/// Without a link, a high speed is listened at as often as this, though nothing was heard.
constexpr Duration kLookElsewhere = 10s;
/// So often what has arrived may be damaged, though the speed is right.
constexpr int kMostStays = 2;
/// Speeds that are tried before it begins anew: then less is believed of what was heard. The second is for a peer that was
/// found before, which may have been noisy, and is still there.
constexpr std::size_t kMostTries = 8;
constexpr std::size_t kMostTriesAgain = 4;
/// At a speed that was found, a link comes within this time, or a correct frame.
constexpr Duration kPatience = 3s;
/// Of a hello on the line; a peer on a slow line sends them for a quarter of the time.
constexpr std::int64_t kHelloBits = 700;
constexpr int kHelloShare = 4;

}  // namespace

SpeedSearch::SpeedSearch(std::uint64_t seed) : random_(seed), guess_(kSpeeds) {}

void SpeedSearch::begin(Time now) {
  nothing_due_ = now + kTellNothing;
  look_due_ = now + kLookElsewhere;
  rounds_ = 0;
  forget();
  // What was right before is tried first, and not believed for long.
  at_last_ = last_found_.has_value();
  if (!at_last_) return listen(now);
  enter(State::found, *last_found_, now + kPatience);
}

void SpeedSearch::line_lost() {
  enter(State::away, last_found_.value_or(kHome), kNever);
  nothing_due_ = look_due_ = kNever;
}

void SpeedSearch::forget() {
  guess_.forget();
  evidence_ = 0;
  tried_.clear();
  tries_ = 0;
  looked_ = false;
}

void SpeedSearch::enter(State state, std::uint32_t speed, Time until) {
  state_ = state;
  speed_ = speed;
  until_ = until;
  stays_ = 0;
  drop_visit();
}

void SpeedSearch::drop_visit() {
  visit_.clear();
  judged_ = 0;
}

std::uint32_t SpeedSearch::base() const {
  return at_last_ && last_found_ ? *last_found_ : kHome;
}

void SpeedSearch::listen(Time now) {
  go(State::listens, base(), now);
}

void SpeedSearch::go(State state, std::uint32_t speed, Time now) {
  enter(state, speed, Time{});
  entered_ = now;
  until_ = now + dwell();
}

/// A whole interval of hellos, and one hello.
Duration SpeedSearch::dwell() const {
  const Duration hello = Duration(1s) * kHelloBits / speed_;
  return std::max(kHelloInterval, hello * kHelloShare) + hello + kMargin;
}

bool SpeedSearch::was_tried(std::uint32_t speed) const {
  return std::ranges::find(tried_, speed) != tried_.end() ||
         std::ranges::find(impossible_, speed) != impossible_.end();
}

// ---- What happens ----

void SpeedSearch::heard(ByteView bytes, Time now) {
  if (state_ == State::away || peer_ == Peer::linked || bytes.empty()) return;
  heard_any_ = true;
  if (now - last_byte_ >= kPause) midway_ = now - entered_ < kPause && entered_ != Time{};
  last_byte_ = now;
  const std::size_t room = kMostJudged - std::min(kMostJudged, visit_.size());
  const ByteView kept = bytes.first(std::min(room, bytes.size()));
  visit_.insert(visit_.end(), kept.begin(), kept.end());
  if (visit_.size() >= kMostJudged) judge(now);
}

void SpeedSearch::see_peer(Peer peer, Time last_heard, Time now) {
  const Peer before = std::exchange(peer_, peer);
  // Only at the right speed is a frame correct.
  const bool heard_here = last_heard > std::exchange(peer_heard_, last_heard);
  if (peer == Peer::linked && before != Peer::linked) {
    last_found_ = speed_;
    at_last_ = true;
    rounds_ = 0;
    forget();
    nothing_due_ = look_due_ = kNever;
    heard_any_ = false;
    enter(State::found, speed_, kNever);
    tell(Found::peer);
  } else if (peer != Peer::linked && before == Peer::linked) {
    nothing_due_ = now + kTellNothing;
    look_due_ = now + kLookElsewhere;
    drop_visit();
  } else if (heard_here && peer != Peer::linked && state_ != State::away) {
    // A link follows, or there is another reason why there is none.
    enter(State::found, speed_, kNever);
    look_due_ = kNever;
    tell(Found::peer);
  }
}

void SpeedSearch::cannot(Time now) {
  if (speed_ != kHome) impossible_.push_back(speed_);
  if (last_found_ == speed_) last_found_.reset();
  if (state_ == State::looks || state_ == State::tries) return try_next(now);
  if (speed_ != kHome) listen(now);
}

void SpeedSearch::tick(Time now) {
  if (nothing_due_ <= now) tell_nothing();
  if (visit_.size() > judged_ && now - last_byte_ >= kPause) judge(now);
  if (look_due_ <= now && (state_ == State::calls || state_ == State::found)) look_elsewhere(now);
  if (until_ > now) return;
  switch (state_) {
    case State::listens:
      return enter(State::calls, speed_, kNever);
    case State::reads:
      return enter(State::found, speed_, kNever);
    case State::looks:
      if (evidence_ == 0) return enter(last_found_ ? State::found : State::calls, base(), kNever);
      return choose(now);
    case State::tries:
      return choose(now);
    case State::found:
      at_last_ = false;
      forget();
      return listen(now);
    case State::calls:
    case State::away:
      return;
  }
}

Time SpeedSearch::deadline() const {
  const Time judge_due = visit_.size() > judged_ ? last_byte_ + kPause : kNever;
  return std::min({nothing_due_, judge_due, until_, may_speak() ? look_due_ : kNever});
}

// ---- What is made of it ----

void SpeedSearch::judge(Time now) {
  judged_ = visit_.size();
  if (looks_like_frames(visit_)) {
    // To be confirmed by a correct frame.
    if (state_ == State::found) return drop_visit();
    enter(State::found, speed_, Time{});
    until_ = now + kPatience + dwell();
    return;
  }
  if (looks_like_text(visit_)) {
    if (visit_.size() < kLeastTextRead) return;  // it comes in pieces
    if (state_ == State::reads) return drop_visit();
    nothing_due_ = kNever;
    if (state_ == State::found || state_ == State::calls) {
      enter(State::found, speed_, kNever);
    } else {
      enter(State::reads, speed_, now + kReadsOn);
    }
    look_due_ = kNever;
    return tell(Found::text);
  }
  if (midway_) return drop_visit();
  guess_.heard(visit_, speed_);
  evidence_ += visit_.size();
  drop_visit();
  if (evidence_ >= kLeastEvidence && !is_tentative() && now >= stays_until_) choose(now);
}

/// A much faster peer may not be heard at all.
void SpeedSearch::look_elsewhere(Time now) {
  look_due_ = now + kLookElsewhere;
  if (speed_ >= kHighSpeed || was_tried(kHighSpeed) || evidence_ > 0) return;
  go(State::looks, kHighSpeed, now);
}

/// Where to go with what is known now.
void SpeedSearch::choose(Time now) {
  const auto guesses = guess_.ranked();
  const std::uint32_t best = guesses.front().speed;
  const bool over = until_ <= now;
  if (best == speed_ && !over && stays_++ < kMostStays) return;  // what has arrived was damaged, or a part
  if (state_ == State::tries || state_ == State::found) tried_.push_back(speed_);
  const bool faster =
      evidence_ < kFewBytes || std::ranges::any_of(guesses, [&](const SpeedGuess::Guess& guess) {
        return guess.speed > speed_ && guess.score > guesses.front().score - kNearlyAsLikely;
      });
  const bool failed = tries_ > 0;  // what was heard may have been misjudged
  if (looked_ || speed_ >= kHighSpeed || !(faster || failed) || was_tried(kHighSpeed)) return try_next(now);
  looked_ = true;
  go(State::looks, kHighSpeed, now);
}

bool SpeedSearch::is_wanted(std::uint32_t speed) const {
  const auto* const place = std::ranges::find(kSpeeds, speed);
  return rounds_ > 0 || static_cast<std::size_t>(place - kSpeeds) < kUsualSpeeds;
}

void SpeedSearch::try_next(Time now) {
  const std::size_t most = last_found_ ? kMostTriesAgain : kMostTries;
  for (const SpeedGuess::Guess& guess : guess_.ranked()) {
    if (tries_ >= most) break;
    if (was_tried(guess.speed) || guess.speed == speed_ || !is_wanted(guess.speed)) continue;
    ++tries_;
    return go(State::tries, guess.speed, now);
  }
  // None of them: from the beginning, elsewhere.
  ++rounds_;
  forget();
  at_last_ = !at_last_ && last_found_;
  // A peer that searches, too, must have something to hear.
  enter(State::calls, base(), kNever);
  const auto variation = static_cast<std::uint64_t>(Duration(kVariation).count());
  stays_until_ = now + dwell() + Duration(static_cast<Duration::rep>(random_.below(variation)));
}

// ---- What is told ----

void SpeedSearch::tell(Found what) {
  if (told_ == what && told_speed_ == speed_) return;
  told_ = finding_ = what;
  told_speed_ = speed_;
}

void SpeedSearch::tell_nothing() {
  nothing_due_ = kNever;
  if (peer_ != Peer::linked && !(state_ == State::found && until_ == kNever))
    tell(heard_any_ ? Found::noise : Found::silence);
}

std::optional<SpeedSearch::Found> SpeedSearch::take_finding() {
  return std::exchange(finding_, std::nullopt);
}

}  // namespace serialtcp::wire
