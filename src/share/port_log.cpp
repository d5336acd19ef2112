#include "share/port_log.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string_view>

#include "os/calendar.h"
#include "os/wall_time.h"

namespace serialtcp::share {

namespace {

/// "2026-11-29 11:38:16.123", of the local time zone.
std::string time_text() {
  const io::WallTime now = io::wall_time();
  const std::tm parts = io::local_parts(now.seconds).parts;
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return fmt::format("{}.{:03}", std::string_view(text.data(), size), now.milliseconds);
}

}  // namespace

PortLog::PortLog(const ShareConfig& config, io::Observer& observer)
    : config_(config), observer_(observer), transcript_(config.log_style) {
  if (!config.log_file.empty()) output_.emplace(config.log_file, config.log_rules);
}

std::expected<void, std::string> PortLog::open() {
  if (!output_) return {};
  output_->open();
  if (output_->is_open()) return {};
  return std::unexpected(fmt::format("the log of {} cannot be opened: {}", config_.device,
                                     output_->take_problem().value_or("")));
}

void PortLog::open_again() {
  if (!output_) return;
  output_->open_again();
  tell_problem();
}

void PortLog::add(Transcript::Way way, ByteView bytes) {
  if (!output_) return;
  output_->write(transcript_.add(way, bytes, config_.log_style.times ? time_text() : ""));
  tell_problem();
}

void PortLog::tell_problem() {
  if (const auto problem = output_->take_problem())
    observer_.note(fmt::format("WARNING: {}: {}", config_.device, *problem));
}

}  // namespace serialtcp::share
