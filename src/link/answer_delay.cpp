#include "link/answer_delay.h"

#include <array>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Of the answers to requests in a row, in turn.
constexpr std::array<Duration, 5> kDelays = {0ms, 0ms, 10ms, 50ms, 400ms};
// Requests with more time in between are not repetitions: an idle peer asks whether this end is there.
constexpr Duration kRepeated = 3500ms;

}  // namespace

Duration AnswerDelay::requested(Time now) {
  in_a_row_ = now - last_ <= kRepeated ? in_a_row_ + 1 : 0;
  last_ = now;
  return kDelays[in_a_row_ % kDelays.size()];
}

}  // namespace serialtcp::link
