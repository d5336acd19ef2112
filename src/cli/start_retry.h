// StartRetry: when a link that cannot start is tried again, and which of the failures are worth a line of the log. Starts
// nothing and reads no clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "os/growing_interval.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

class StartRetry {
 public:
  /// The pause after the first failure. Each further one doubles it.
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::seconds(60);
  /// A failure for the same reason as before is logged again after this time, and then less and less often.
  static constexpr Duration kToldAgain = std::chrono::minutes(1);

  struct Failure {
    std::string reason;  ///< a sentence
    Time since;          ///< of the first one
    Time latest;
    Time next;  ///< when the link is tried again
  };
  /// Empty if the link has started, or was not tried yet.
  const std::optional<Failure>& failure() const { return failure_; }

  /// A start has failed. Returns the line for the log, if there shall be one.
  std::optional<std::string> failed(std::string_view reason, Time now);

  /// The user has changed something: it is tried at once, and then after short pauses again.
  void hurry(Time now);

  /// Returns the line for the log, if failures were logged.
  std::optional<std::string> started(Time now);

 private:
  std::optional<Failure> failure_;
  Duration pause_ = kFirstPause;
  io::GrowingInterval told_again_{kToldAgain};
};

}  // namespace serialtcp::cli
