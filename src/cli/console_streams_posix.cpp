// The connection to the process becomes the line.
#include "cli/console_streams.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "cli/option_values.h"
#include "cli/stream_choice.h"
#include "cli/stream_text.h"
#include "os/files.h"
#include "os/text.h"
#include "port/handed_line.h"
#include "port/line_factory.h"
#include "port/port_holder.h"
#include "session/session_line.h"

namespace serialtcp::cli {

namespace {

using console::ConsoleConfig;

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

}  // namespace

bool is_same_device(const std::string& one, const std::string& other) {
  return one == other || io::is_same_file(one, other);
}

std::string device_named(const std::string& name) {
  return io::is_character_device("/dev/" + name) ? "/dev/" + name : "";
}

bool is_device_name(const std::string& name) {
  return !io::is_other_line(name) && name.find('/') != std::string::npos;
}

RunningProcesses those_that_may_have(const ConsoleConfig& config, const std::string& device) {
  if (config.control) return find_running(config.control);
  const auto holder = io::flock_holder_of(device);
  return holder ? find_process(static_cast<std::uint64_t>(holder->process)) : RunningProcesses();
}

std::optional<ConsoleLine> through_link(io::asio::io_context& context, RunningProcesses& running,
                                        const std::string& device) {
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

ConsoleLine stream_to(io::asio::io_context& context, const ConsoleConfig& config, const std::string& name) {
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

}  // namespace serialtcp::cli
