#include "cli/console_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "cli/option_values.h"
#include "cli/running_processes.h"
#include "cli/stream_choice.h"
#include "cli/stream_text.h"
#include "net/target_text.h"
#include "os/files.h"
#include "os/text.h"
#include "port/handed_line.h"
#include "port/line_factory.h"
#include "port/port_holder.h"
#include "port/serial_ports.h"
#include "session/session_line.h"

namespace serialtcp::cli {

namespace {

using console::ConsoleConfig;

bool is_same_device(const std::string& one, const std::string& other) {
  return one == other || io::is_same_file(one, other);
}

/// How the services that a link listens for can be reached.
std::string services_of(const control::LinkStatus& link) {
  std::vector<std::string> texts;
  for (const control::ListenerStatus& listener : link.listeners) {
    if (listener.kind != "service") continue;
    texts.push_back(
        fmt::format("serialtcp console {}", listener.service.empty() ? link.name : listener.service));
  }
  if (texts.empty()) return "it listens for no service that could be a console";
  return fmt::format("a service of its other end is reached with {}", fmt::join(texts, " or "));
}

/// The processes of serialtcp that may have the device.
RunningProcesses those_with(const ConsoleConfig& config, const std::optional<io::Holder>& holder) {
  if (config.control) return find_running(config.control);
  return holder ? find_process(static_cast<std::uint64_t>(holder->process)) : RunningProcesses();
}

/// Why there is no console at the other end of a link.
struct NoFarConsole {
  std::string why;      ///< completes "no console at its other end: ..."
  bool is_none = true;  ///< the other end has none; otherwise it could not be asked
};

/// The console of the other end of a link, if that has one (serialtcp getty).
std::expected<std::unique_ptr<io::Line>, NoFarConsole> far_console(io::asio::io_context& context,
                                                                   const std::string& name, StreamWish wish) {
  using wire::session::Reason;
  auto chosen = choose_stream(wish);
  // A version without sessions does not answer, either.
  if (!chosen) return std::unexpected(NoFarConsole{chosen.error().text, false});
  auto [socket, first] = chosen->client.release();
  auto rest =
      io::session::ask_for_console(socket, std::move(first), io::session::size_of_terminal(STDIN_FILENO));
  if (rest) {
    wish.noise = true;
    auto noise = choose_stream(wish);
    return std::make_unique<io::session::SessionLine>(context, name, socket, std::move(*rest), STDIN_FILENO,
                                                      noise ? noise->client.release().first : -1);
  }
  ::close(socket);
  const auto& [refusal, answered] = rest.error();
  if (!answered) return std::unexpected(NoFarConsole{"the other end does not know sessions"});
  const bool is_none = refusal.reason == Reason::unknown || refusal.reason == Reason::not_allowed;
  return std::unexpected(NoFarConsole{
      is_none ? std::string("serialtcp getty runs on a machine that has one") : io::printable(refusal.text),
      is_none});
}

/// If a link has the device: the console of its other end, or why there is none, a sentence.
std::optional<std::expected<std::unique_ptr<io::Line>, std::string>> through_link(
    io::asio::io_context& context, RunningProcesses& running, const std::string& device) {
  for (RunningProcess& process : running.processes) {
    for (const control::LinkStatus& link : process.status.links) {
      if (!is_same_device(link.line, device)) continue;
      auto line = far_console(
          context, device,
          {.text = "", .wanted = console_wanted(), .link = link.name, .control = process.client.path()});
      if (line) return std::move(*line);
      return std::unexpected(fmt::format(
          "{} is the line of the link {} of serialtcp (process {}), and there is no console at its other end: {}; {}",
          device, link.name, process.status.pid, line.error().why, services_of(link)));
    }
  }
  return std::nullopt;
}

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

/// A name that is no line: of a link, or of a service of the other end.
std::expected<std::unique_ptr<io::Line>, std::string> stream_to(io::asio::io_context& context,
                                                                const ConsoleConfig& config,
                                                                const std::string& name) {
  auto wanted = parse_stream_wanted(name);
  if (!wanted) return std::unexpected(std::move(wanted.error()));
  if (auto line = far_console(
          context, name, {.text = "", .wanted = console_wanted(), .link = name, .control = config.control}))
    return std::move(*line);
  auto chosen = choose_stream({.text = name, .wanted = std::move(*wanted), .control = config.control});
  if (!chosen) {
    return std::unexpected(
        fmt::format("{} is no device, and no stream of a running serialtcp: {}", name, chosen.error().text));
  }
  auto [socket, first] = chosen->client.release();
  return std::make_unique<io::HandedLine>(context, name, socket, std::move(first));
}

bool is_device(const std::string& name) {
  return !io::is_other_line(name) && name.find('/') != std::string::npos;
}

}  // namespace

std::string name_of_line(const std::string& place) {
  if (io::is_other_line(place) || place.find('/') != std::string::npos) return place;
  if (io::is_character_device("/dev/" + place)) return "/dev/" + place;
  if (place.find(':') != std::string::npos && io::parse_target(place, io::Family::any))
    return "socket://" + place;
  return place;
}

std::expected<std::unique_ptr<io::Line>, std::string> console_line(io::asio::io_context& context,
                                                                   const ConsoleConfig& config,
                                                                   std::string& name,
                                                                   io::Observer& observer) {
  if (is_device(name)) {
    if (const auto misspelt = io::misspelt_port(name)) return std::unexpected(*misspelt);
    const auto holder = io::flock_holder_of(name);
    RunningProcesses running = those_with(config, holder);
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
