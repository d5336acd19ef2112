// Program: the event loop with its links, and the handling of signals, until the exit.
#pragma once

#include <memory>
#include <optional>

#include "cli/administration.h"
#include "cli/config_file.h"
#include "cli/link_set.h"
#include "cli/log.h"
#include "cli/run.h"
#include "cli/service_report.h"
#include "cli/signals.h"
#include "os/asio.h"

namespace serialtcp::cli {

class Program {
 public:
  /// Starts the links. The options and the log must outlive the program.
  Program(const RunOptions& options, const Configuration& config, Log& log);

  /// Returns when the program has ended.
  RunResult run();

 private:
  /// The exit status, once it is known. A second signal does not wait for the links.
  std::optional<int> status() const { return status_ ? status_ : links_.status(); }

  void signalled(const Signal& signal);

  const RunOptions& options_;
  Log& log_;
  io::asio::io_context context_{1};  ///< destroyed after everything that has handlers in it
  std::optional<SignalWatch> signals_;
  LinkSet links_;
  ServiceReport report_;
  std::unique_ptr<Administration> administration_;  ///< null: this edition has none
  std::optional<int> status_;
  bool stopping_ = false;
};

}  // namespace serialtcp::cli
