#include "link/lead_in.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace serialtcp::link {

namespace {

// One frame may be lost for any reason.
constexpr int kCertain = 2;
constexpr std::size_t kFirstEnds = 4;
// A line that loses so many of all its frames has another trouble.
constexpr double kNoisy = 0.25;
constexpr double kSmoothing = 1.0 / 16;
// So few ends prove nothing: a frame is led in by one for other reasons, too.
constexpr std::size_t kLearned = 3;
// So many frames that arrived after pauses are reason to try less, and twice as many after each failure.
constexpr int kTrialAfter = 256;
constexpr int kMostTrialAfter = 4096;
constexpr int kTrialPasses = 8;

}  // namespace

void LeadIn::lost(Duration silence) {
  if (silence < kSilence) {
    losses_amid_others_ += (1 - losses_amid_others_) * kSmoothing;
    return;
  }
  good_ = 0;
  if (hint_ > 0) return heard(std::exchange(hint_, 0));
  if (before_trial_ > 0) {
    ends_ = before_trial_;
    before_trial_ = 0;
    trial_after_ = std::min(2 * trial_after_, kMostTrialAfter);
    return;
  }
  shortest_lost_ = lost_in_a_row_ == 0 ? silence : std::min(shortest_lost_, silence);
  const int enough = ends_ > 0 ? 1 : kCertain;
  if (++lost_in_a_row_ >= enough && losses_amid_others_ < kNoisy) grow();
}

void LeadIn::grow() {
  ends_ = std::clamp(2 * ends_, kFirstEnds, kMostEnds);
  trial_after_ = std::max(trial_after_, kTrialAfter);
}

void LeadIn::delivered(Duration silence) {
  if (silence < kSilence) {
    losses_amid_others_ -= losses_amid_others_ * kSmoothing;
    return;
  }
  // After a shorter silence the line may not have been asleep.
  if (silence >= shortest_lost_) lost_in_a_row_ = 0;
  hint_ = 0;
  if (ends_ == 0) return;
  ++good_;
  if (before_trial_ > 0) {
    if (good_ < kTrialPasses) return;
    before_trial_ = 0;
    good_ = 0;
  } else if (good_ >= trial_after_) {
    before_trial_ = ends_;
    ends_ = ends_ >= kFirstEnds ? ends_ / 2 : 0;
    good_ = 0;
  }
}

void LeadIn::heard(std::size_t ends) {
  if (ends < kLearned) return;
  ends_ = std::max(ends_, std::min(ends, kMostEnds));
  trial_after_ = std::max(trial_after_, kTrialAfter);
}

}  // namespace serialtcp::link
