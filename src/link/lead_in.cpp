#include "link/lead_in.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace serialtcp::link {

namespace {

// A hint is refuted by a frame after such a silence, since after a shorter one the line may still have been awake; or by so many
// in a row after shorter ones.
constexpr Duration kLongSilence = std::chrono::milliseconds(100);
constexpr int kManyAfterSilences = 32;
// One frame may be lost for any reason.
constexpr int kCertainGaps = 2;
constexpr std::size_t kFirstEnds = 4;
constexpr std::size_t kGrowth = 3;
// A line that loses this part of all its frames has a different fault.
constexpr double kNoisy = 0.25;
constexpr double kGapSmoothing = 1.0 / 16;
// Fewer ends prove nothing: one end before a frame has other reasons, too.
constexpr std::size_t kLearned = 3;
// After this many frames that arrived after pauses, fewer ends are tried; after twice as many following each
// failure.
constexpr int kTrialAfter = 256;
constexpr int kMostTrialAfter = 4096;
constexpr int kTrialPasses = 8;

}  // namespace

void LeadIn::lost(const Beginning& frame) {
  if (frame.silence < kSilence) {
    losses_amid_others_ += (1 - losses_amid_others_) * kGapSmoothing;
    return;
  }
  // Since it began, a longer lead-in was chosen, or a shorter one is being tried.
  const bool stale = trial_ ? frame.ends > *trial_ : frame.ends < ends_;
  if (stale) return;
  good_ = 0;
  shortest_lost_ = lost_in_a_row_ == 0 ? frame.silence : std::min(shortest_lost_, frame.silence);
  if (trial_) {
    trial_.reset();
    if (!std::exchange(unproven_, false)) trial_after_ = std::min(2 * trial_after_, kMostTrialAfter);
    return;
  }
  if (const std::size_t hint = std::exchange(hint_, 0); hint > ends_) return grow(hint);
  const int enough = ends_ > 0 ? 1 : kCertainGaps;
  if (++lost_in_a_row_ >= enough && losses_amid_others_ < kNoisy) grow(std::max(kGrowth * ends_, kFirstEnds));
}

void LeadIn::grow(std::size_t ends) {
  if (ends_ == 0) unproven_ = true;
  ends_ = std::min(ends, kMostEnds);
  trial_after_ = std::max(trial_after_, kTrialAfter);
}

void LeadIn::delivered(const Beginning& frame) {
  if (frame.silence < kSilence) {
    losses_amid_others_ -= losses_amid_others_ * kGapSmoothing;
    return;
  }
  if (frame.ends > ends()) return;
  if (hint_ > 0 && (frame.silence >= kLongSilence || ++good_since_hint_ >= kManyAfterSilences)) hint_ = 0;
  if (unproven_ && !trial_) {
    trial_ = 0;
    good_ = 0;
    return;
  }
  // After a shorter silence the line may not have lost bytes.
  if (frame.silence < shortest_lost_) return;
  lost_in_a_row_ = 0;
  if (ends_ == 0) return;
  ++good_;
  if (trial_) {
    // If the first conclusion was wrong, one frame shows it.
    if (!unproven_ && good_ < kTrialPasses) return;
    ends_ = *std::exchange(trial_, std::nullopt);
    unproven_ = false;
  } else if (good_ >= trial_after_) {
    trial_ = ends_ >= kFirstEnds ? ends_ / 2 : 0;
  } else {
    return;
  }
  good_ = 0;
}

void LeadIn::suspect() {
  hint_ = kMostEnds;
  good_since_hint_ = 0;
}

void LeadIn::hint(std::size_t ends) {
  if (ends < kLearned || ends <= ends_) return;
  if (hint_ == 0) good_since_hint_ = 0;
  hint_ = std::min(std::max(hint_, ends), kMostEnds);
}

}  // namespace serialtcp::link
