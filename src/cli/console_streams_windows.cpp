// A line is a device, a pipe or a connection. What a running process could pass on is a service of its other end, or a place where it
// listens: both are reached by their address.
#include <fmt/format.h>

#include "cli/console_streams.h"
#include "os/text.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

std::string device_named(const std::string&) {
  return "";
}

bool is_device_name(const std::string& name) {
  const bool target = name.find(':') != std::string::npos;
  return !io::is_other_line(name) && !target;
}

RunningProcesses those_that_may_have(const console::ConsoleConfig& config, const std::string&) {
  return find_running(config.control);
}

std::optional<ConsoleLine> through_link(io::asio::io_context&, RunningProcesses& running,
                                        const std::string& device) {
  for (const RunningProcess& process : running.processes) {
    for (const control::LinkStatus& link : process.status.links) {
      if (!is_same_device(link.line, device)) continue;
      return std::unexpected(fmt::format(
          "{} is the line of the link {} of serialtcp (process {}): a service of its other end is "
          "reached at the address where that listens (serialtcp status)",
          device, link.name, process.status.pid));
    }
  }
  return std::nullopt;
}

ConsoleLine stream_to(io::asio::io_context&, const console::ConsoleConfig&, const std::string& name) {
  return std::unexpected(fmt::format(
      "{} is neither a device nor an address: serialtcp ports lists the devices", io::printable(name)));
}

bool is_same_device(const std::string& one, const std::string& other) {
  return one == other;
}

}  // namespace serialtcp::cli
