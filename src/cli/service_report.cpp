// The messages of sd_notify(3).
#include "cli/service_report.h"

#include <fmt/format.h>

#include <algorithm>

namespace serialtcp::cli {

namespace {

using Loss = io::ServiceManager::Loss;

/// A watchdog that is shorter is answered late, and not by computing all the time.
constexpr Duration kMinWatchdogPause = std::chrono::milliseconds(1);

}  // namespace

ServiceReport::ServiceReport(io::asio::io_context& context, Log& log, const LinkSet& links,
                             RunOptions::Ready ready)
    : log_(log),
      links_(links),
      status_timer_(context),
      watchdog_timer_(context),
      awaited_(ready == RunOptions::Ready::link ? Awaited::links : Awaited::listening) {
  tell_problem();
  if (!manager_.present()) {
    awaited_ = Awaited::nothing;
    return;
  }
  arm_status();
  if (manager_.watchdog()) arm_watchdog();
}

void ServiceReport::look_for_ready() {
  const LinkSet::Standing now = links_.standing();
  if (!now.listening || (awaited_ == Awaited::links && now.up < now.links)) return;
  awaited_ = Awaited::nothing;
  status_told_ = status();
  send(fmt::format("READY=1\nSTATUS={}", status_told_), Loss::not_allowed);
}

void ServiceReport::reloading() {
  if (!manager_.present() || stopping_) return;
  // The other end may be away, and a reload must end all the same.
  if (awaited_ != Awaited::links) awaited_ = Awaited::listening;
  manager_.send_reloading();
  tell_problem();
}

void ServiceReport::stopping() {
  if (!manager_.present() || stopping_) return;
  stopping_ = true;
  awaited_ = Awaited::nothing;
  send("STOPPING=1", Loss::not_allowed);
  send_status();
}

bool ServiceReport::send(std::string_view message, Loss loss) {
  const bool sent = manager_.send(message, loss);
  tell_problem();
  return sent;
}

void ServiceReport::send_status() {
  manager_.send_again();
  std::string text = status();
  if (stopping_) {
    const auto more = std::chrono::duration_cast<std::chrono::microseconds>(kMoreTime);
    send(fmt::format("EXTEND_TIMEOUT_USEC={}", more.count()), Loss::allowed);
  }
  if (text == status_told_) return;
  if (send(fmt::format("STATUS={}", text), Loss::allowed)) status_told_ = std::move(text);
}

std::string ServiceReport::status() const {
  const LinkSet::Standing now = links_.standing();
  const std::string connections =
      fmt::format("{} connection{}", now.connections, now.connections == 1 ? "" : "s");
  if (stopping_) return fmt::format("ending, {}", connections);
  const std::string waiting = now.waiting > 0 ? fmt::format(", {} cannot start", now.waiting) : "";
  return fmt::format("{} of {} link{} up{}, {}", now.up, now.links, now.links == 1 ? "" : "s", waiting,
                     connections);
}

void ServiceReport::tell_problem() {
  if (const auto problem = manager_.take_problem()) log_.line(*problem);
}

void ServiceReport::arm_status() {
  status_timer_.expires_after(kStatusInterval);
  status_timer_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (cancelled) return;
    send_status();
    arm_status();
  }));
}

void ServiceReport::arm_watchdog() {
  send("WATCHDOG=1", Loss::allowed);
  watchdog_timer_.expires_after(std::max(*manager_.watchdog() / 2, kMinWatchdogPause));
  watchdog_timer_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (!cancelled) arm_watchdog();
  }));
}

}  // namespace serialtcp::cli
