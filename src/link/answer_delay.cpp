#include "link/answer_delay.h"

#include <array>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Of the answers to requests in a row, in turn.
constexpr std::array<Duration, 6> kDelays = {0ms, 0ms, 0ms, 10ms, 50ms, 400ms};
// Requests with more time in between are not repetitions: an idle peer asks whether this end is there. Nor are those with less:
// a peer that searches for the line's rate requests many answers.
constexpr Duration kRepeatedWithin = 3500ms;
constexpr Duration kRepeatedAfter = 100ms;

}  // namespace

Duration AnswerDelay::requested(Time now) {
  const Duration since = now - last_;
  in_a_row_ = since >= kRepeatedAfter && since <= kRepeatedWithin ? in_a_row_ + 1 : 0;
  last_ = now;
  return kDelays[in_a_row_ % kDelays.size()];
}

}  // namespace serialtcp::link
