// LossLog: which of the losses of a line are worth a line of the log. One that goes away again and again, for the same
// reasons, is reported at growing intervals. Does no I/O, reads no clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "os/growing_interval.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class LossLog {
 public:
  /// The first interval.
  static constexpr Duration kAgain = std::chrono::seconds(10);
  /// So many different reasons are reported at once: a server that refuses may be heard as a close or as a reset.
  static constexpr std::size_t kReasons = 4;

  /// The line was of use since it was opened: the next loss is a new one.
  void was_of_use() { told_.clear(); }
  /// Returns whether this loss is to be reported.
  bool lost(const std::string& reason, Time at);
  /// The absence has been reported in another way.
  void tell() { absence_told_ = true; }
  /// Whether the user knows of the absence, and wants to know of its end.
  bool absence_told() const { return absence_told_; }

 private:
  std::vector<std::string> told_;
  Time since_ = {};
  GrowingInterval again_{kAgain};
  bool absence_told_ = false;
};

}  // namespace serialtcp::io
