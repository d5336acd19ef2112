#include "tunnel/strangers.h"

#include <algorithm>

#include "base/cursor.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

// While the peer is heard, answers take a 200th of the line: the first one at once, each further one when the
// one before has amounted to this share.
constexpr std::int64_t kShareBesidePeer = 200;
// Otherwise half of the line, and a few at once.
constexpr std::int64_t kShareWithoutPeer = 2;
constexpr std::int64_t kAtOnceWithoutPeer = 4;

// A peer whose answer was lost repeats the message after 250 ms or more. A recording may be replayed without
// end.
constexpr Duration kFirstWait = 20ms;
constexpr Duration kLongestWait = 10s;
// After this time without a message that could not be answered, the rush is over.
constexpr Duration kRushOver = 1s;

}  // namespace

bool AnswerShare::take(Duration line_time, Peer peer, Time now) {
  if (peer == Peer::heard) {
    if (now < beside_peer_) return false;
    beside_peer_ = now + line_time * kShareBesidePeer;
    return true;
  }
  const Duration cost = line_time * kShareWithoutPeer;
  const Time next = std::max(without_peer_, now) + cost;
  if (next - now > cost * kAtOnceWithoutPeer) return false;
  without_peer_ = next;
  return true;
}

bool Lottery::wins(base::Prng& random, Time now) {
  if (now - refused_at_ > kRushOver) before_ = refused_ = 0;
  return random.below(2 + before_) < 2;
}

void Lottery::refused(Time now) {
  ++refused_;
  refused_at_ = now;
}

void Lottery::answered() {
  before_ = refused_;
  refused_ = 0;
}

std::uint64_t AnsweredMessages::id_of(ByteView message) {
  base::Reader in(message);
  return in.little(8);
}

const AnsweredMessages::Entry* AnsweredMessages::find(ByteView message) const {
  const std::uint64_t id = id_of(message);
  const Entry* const set = &entries_[id % kSets * kWays];
  const Entry* const end = set + kWays;
  const Entry* const found = std::find_if(set, end, [&](const Entry& e) { return e.id == id; });
  return found == end || id == 0 ? nullptr : found;
}

bool AnsweredMessages::may_answer(ByteView message, Time now) const {
  const Entry* const entry = find(message);
  return entry == nullptr || now - entry->at >= entry->wait;
}

void AnsweredMessages::answered(ByteView message, Time now) {
  const std::uint64_t id = id_of(message);
  Entry* const set = &entries_[id % kSets * kWays];
  Entry* entry = std::find_if(set, set + kWays, [&](const Entry& e) { return e.id == id; });
  if (entry == set + kWays) {
    entry = std::min_element(set, set + kWays, [](const Entry& a, const Entry& b) { return a.at < b.at; });
    *entry = {.id = id};
  }
  entry->at = now;
  entry->wait = std::clamp<Duration>(entry->wait * 3 / 2, kFirstWait, kLongestWait);
}

}  // namespace serialtcp::tunnel
