#include "cli/console_line.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "cli/console_streams.h"
#include "cli/running_processes.h"
#include "net/target_text.h"
#include "port/line_factory.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

namespace {

using console::ConsoleConfig;

/// The line of a place of `serialtcp share`: "127.0.0.1:2217 (rfc2217)" is rfc2217://127.0.0.1:2217. The more it can do,
/// the smaller `rank`. None for a place that is no line.
struct SharedLine {
  int rank;
  std::string name;
};
std::optional<SharedLine> line_of_place(std::string_view place) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kProtocols = {
      {{" (rfc2217)", "rfc2217://"}, {" (telnet)", "telnet://"}, {" (raw)", "socket://"}}};
  for (std::size_t rank = 0; rank < kProtocols.size(); ++rank) {
    const auto& [ending, prefix] = kProtocols[rank];
    if (!place.ends_with(ending)) continue;
    place.remove_suffix(ending.size());
    if (place.starts_with("unix:"))
      return SharedLine{static_cast<int>(kProtocols.size()), std::string(place)};
    // Others behind it are the same in another address family.
    place = place.substr(0, place.find_first_of(" ,"));
    if (!io::parse_target(place, io::Family::any)) return std::nullopt;
    return SharedLine{static_cast<int>(rank), fmt::format("{}{}", prefix, place)};
  }
  return std::nullopt;
}

/// If a process shares the device, the line that reaches it there.
std::optional<std::string> shared_line(const RunningProcesses& running, const std::string& device) {
  std::vector<std::string> places;
  for (const RunningProcess& process : running.processes) {
    for (const control::ShareStatus& share : process.status.shares) {
      if (is_same_device(share.device, device))
        places.insert(places.end(), share.places.begin(), share.places.end());
    }
  }
  std::optional<SharedLine> best;
  for (const std::string& place : places) {
    auto line = line_of_place(place);
    if (line && (!best || line->rank < best->rank)) best = std::move(*line);
  }
  return best ? std::optional(best->name) : std::nullopt;
}

}  // namespace

std::string name_of_line(const std::string& place) {
  if (io::is_other_line(place) || is_device_name(place)) return place;
  if (std::string device = device_named(place); !device.empty()) return device;
  if (place.find(':') != std::string::npos && io::parse_target(place, io::Family::any))
    return "socket://" + place;
  return place;
}

std::expected<std::unique_ptr<io::Line>, std::string> console_line(io::asio::io_context& context,
                                                                   const ConsoleConfig& config,
                                                                   std::string& name,
                                                                   io::Observer& observer) {
  if (is_device_name(name)) {
    if (const auto misspelt = io::misspelt_port(name)) return std::unexpected(*misspelt);
    RunningProcesses running = those_that_may_have(config, name);
    ask_for_status(running, "");
    if (auto shared = shared_line(running, name)) {
      observer.note(fmt::format("{} is shared by a running serialtcp, at {}", name, *shared));
      name = std::move(*shared);
    }
    if (auto line = through_link(context, running, name)) return std::move(*line);
  } else if (!io::is_other_line(name)) {
    return stream_to(context, config, name);
  }
  auto line = io::make_line({.context = context,
                             .name = name,
                             .settings = config.serial,
                             .observer = observer,
                             .use = {io::LineUse::By::terminal, config.settings}});
  if (!line) return std::unexpected(fmt::format("could not open {}: {}", name, line.error()));
  return line;
}

}  // namespace serialtcp::cli
