#include "cli/log_event.h"

#include <algorithm>
#include <array>

#include "cli/log_format.h"

namespace serialtcp::cli {

namespace {

constexpr std::array kEvents = {
    LogEventInfo{LogEvent::link_up, "link_up", LogLevel::info, LogClass::link},
    LogEventInfo{LogEvent::link_down, "link_down", LogLevel::warning, LogClass::link},
    LogEventInfo{LogEvent::peer_services, "peer_services", LogLevel::debug, LogClass::link},
    LogEventInfo{LogEvent::services_differ, "services_differ", LogLevel::warning, LogClass::link},
    LogEventInfo{LogEvent::link_measured, "link_measured", LogLevel::info, LogClass::quality},
    LogEventInfo{LogEvent::line_speed, "line_speed", LogLevel::info, LogClass::quality},
    LogEventInfo{LogEvent::speed_changed, "speed_changed", LogLevel::info, LogClass::quality},
    LogEventInfo{LogEvent::link_figures, "link_figures", LogLevel::debug, LogClass::quality},
    LogEventInfo{LogEvent::frames_lost, "frames_lost", LogLevel::warning, LogClass::quality},
    LogEventInfo{LogEvent::frames_arrive, "frames_arrive", LogLevel::info, LogClass::quality},
    LogEventInfo{LogEvent::no_link, "no_link", LogLevel::warning, LogClass::link},
    LogEventInfo{LogEvent::peer_silent, "peer_silent", LogLevel::warning, LogClass::link},
    LogEventInfo{LogEvent::peer_answers, "peer_answers", LogLevel::info, LogClass::link},
    LogEventInfo{LogEvent::line_trouble, "line_trouble", LogLevel::warning, LogClass::trouble},
    LogEventInfo{LogEvent::line_alters_bytes, "line_alters_bytes", LogLevel::warning, LogClass::trouble},
    LogEventInfo{LogEvent::line_coded, "line_coded", LogLevel::info, LogClass::trouble},
    LogEventInfo{LogEvent::device_opened, "device_opened", LogLevel::info, LogClass::device},
    LogEventInfo{LogEvent::device_waiting, "device_waiting", LogLevel::warning, LogClass::device},
    LogEventInfo{LogEvent::device_found, "device_found", LogLevel::info, LogClass::device},
    LogEventInfo{LogEvent::device_lost, "device_lost", LogLevel::warning, LogClass::device},
    LogEventInfo{LogEvent::device_back, "device_back", LogLevel::info, LogClass::device},
    LogEventInfo{LogEvent::clients_wait, "clients_wait", LogLevel::info, LogClass::clients},
    LogEventInfo{LogEvent::connection, "connection", LogLevel::info, LogClass::connection},
    LogEventInfo{LogEvent::connection_closed, "connection_closed", LogLevel::info, LogClass::connection},
    LogEventInfo{LogEvent::connection_failed, "connection_failed", LogLevel::info, LogClass::connection},
    LogEventInfo{LogEvent::program_output, "program_output", LogLevel::info, LogClass::program},
    LogEventInfo{LogEvent::received, "received", LogLevel::trace, LogClass::bytes},
    LogEventInfo{LogEvent::note, "note", LogLevel::info, LogClass::note},
    LogEventInfo{LogEvent::program, "program", LogLevel::info, LogClass::note},
    LogEventInfo{LogEvent::link_added, "link_added", LogLevel::info, LogClass::note},
    LogEventInfo{LogEvent::link_changed, "link_changed", LogLevel::info, LogClass::note},
    LogEventInfo{LogEvent::link_removed, "link_removed", LogLevel::info, LogClass::note},
    LogEventInfo{LogEvent::link_not_replaced, "link_not_replaced", LogLevel::warning, LogClass::note},
    LogEventInfo{LogEvent::link_cannot_start, "link_cannot_start", LogLevel::error, LogClass::link},
    LogEventInfo{LogEvent::link_started, "link_started", LogLevel::info, LogClass::link},
    LogEventInfo{LogEvent::suppressed, "suppressed", LogLevel::warning, LogClass::note},
    LogEventInfo{LogEvent::dropped, "dropped", LogLevel::warning, LogClass::note},
};

static_assert(std::ranges::is_sorted(kEvents, {}, &LogEventInfo::event));
static_assert(kEvents.size() == static_cast<std::size_t>(LogEvent::dropped) + 1);

}  // namespace

std::string_view level_name(LogLevel level) {
  static constexpr std::array<std::string_view, 5> kNames = {"error", "warning", "info", "debug", "trace"};
  return kNames.at(static_cast<std::size_t>(level));
}

std::span<const LogEventInfo> log_events() {
  return kEvents;
}

const LogEventInfo& info_of(LogEvent event) {
  return kEvents.at(static_cast<std::size_t>(event));
}

LogLevel level_of(LogEvent event, std::string_view text) {
  return text.starts_with(kWarningMark) ? LogLevel::warning : info_of(event).level;
}

}  // namespace serialtcp::cli
