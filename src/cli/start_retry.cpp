#include "cli/start_retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/messages.h"

namespace serialtcp::cli {

std::optional<std::string> StartRetry::failed(std::string_view reason, Time now) {
  const bool first = !failure_;
  if (first) failure_ = Failure{.reason = "", .since = now, .latest = now, .next = now};
  const bool other = failure_->reason != reason;
  const Duration elapsed = now - failure_->since;
  const bool again = told_again_.due(elapsed);
  failure_->reason = reason;
  failure_->latest = now;
  failure_->next = now + pause_;
  const std::string next = seconds_text(std::exchange(pause_, std::min(2 * pause_, kLongestPause)));
  if (first) {
    return fmt::format("{}; trying again in {}, and then at intervals of up to {}", reason, next,
                       seconds_text(kLongestPause));
  }
  if (!other && !again) return std::nullopt;
  return fmt::format("{}; not started for {}, trying again in {}", reason, seconds_text(elapsed), next);
}

void StartRetry::hurry(Time now) {
  pause_ = kFirstPause;
  if (!failure_) return;
  failure_->next = now;
  told_again_ = io::GrowingInterval{Duration::zero()};  // how it goes is news
}

std::optional<std::string> StartRetry::started(Time now) {
  pause_ = kFirstPause;
  told_again_ = io::GrowingInterval{kToldAgain};
  const auto failure = std::exchange(failure_, std::nullopt);
  if (!failure) return std::nullopt;
  return fmt::format("started after {}", seconds_text(now - failure->since));
}

}  // namespace serialtcp::cli
