// The events of the log: for each its name, which scripts rely on (never rename one), its level and its class. Every
// line of the log is one of them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cli/log_limiter.h"

namespace serialtcp::cli {

enum class LogLevel : std::uint8_t { error, warning, info, debug, trace };

std::string_view level_name(LogLevel level);

enum class LogEvent : std::uint8_t {
  link_up,
  link_down,
  peer_services,
  services_differ,
  link_measured,
  line_speed,
  speed_changed,
  link_figures,
  frames_lost,
  frames_arrive,
  no_link,
  peer_silent,
  peer_answers,
  line_trouble,
  line_alters_bytes,
  line_coded,
  device_opened,
  device_waiting,
  device_found,
  device_lost,
  device_back,
  clients_wait,
  connection,
  connection_closed,
  connection_failed,
  program_output,
  received,
  note,
  program,
  link_added,
  link_changed,
  link_removed,
  link_not_replaced,
  link_cannot_start,
  link_started,
  suppressed,
  dropped,
};

struct LogEventInfo {
  LogEvent event;
  std::string_view name;
  LogLevel level;
  LogClass of;
};

/// In the order of LogEvent.
std::span<const LogEventInfo> log_events();
const LogEventInfo& info_of(LogEvent event);

/// What a message that is marked as one says of itself; else the level of its event.
LogLevel level_of(LogEvent event, std::string_view text);

}  // namespace serialtcp::cli
