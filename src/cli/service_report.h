// ServiceReport: what the service manager (systemd) is notified of: that the program listens, how its links are, that
// it reads its configuration again, that it ends, and that it is not hung. Without a service manager it does nothing.
#pragma once

#include <string>

#include "cli/link_set.h"
#include "cli/log.h"
#include "cli/options.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/service_manager.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

class ServiceReport {
 public:
  /// How often the status is looked at; it is sent only if it has changed.
  static constexpr Duration kStatusInterval = std::chrono::seconds(1);
  /// While connections are delivered at the end: how much more time is requested, every kStatusInterval.
  static constexpr Duration kMoreTime = std::chrono::seconds(5);

  /// All outlive the report.
  ServiceReport(io::asio::io_context& context, Log& log, const LinkSet& links, RunOptions::Ready ready);

  /// To be called after each step of the program: whether it is ready.
  void look() {
    if (awaited_ != Awaited::nothing) look_for_ready();
  }
  /// The configuration is read again: until all links listen.
  void reloading();
  /// The program ends.
  void stopping();

 private:
  enum class Awaited : std::uint8_t { nothing, listening, links };

  void look_for_ready();
  bool send(std::string_view message, io::ServiceManager::Loss loss);
  void send_status();
  std::string status() const;
  void tell_problem();
  void arm_status();
  void arm_watchdog();

  Log& log_;
  const LinkSet& links_;
  io::ServiceManager manager_;
  io::asio::steady_timer status_timer_;
  io::asio::steady_timer watchdog_timer_;
  Awaited awaited_;
  bool stopping_ = false;
  std::string status_told_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::cli
