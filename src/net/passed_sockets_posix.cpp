// LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES.
#include "net/passed_sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "os/environment.h"
#include "os/error_text.h"
#include "os/text.h"
#include "os/whole_number.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kStartIt =
    "start this program by a .socket unit of systemd, or by systemd-socket-activate";
/// In place of a descriptor.
constexpr int kNotOpen = -1;
/// The name of those that have none: sd_listen_fds_with_names(3).
constexpr std::string_view kNameless = "unknown";

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(':', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// What is wrong with a descriptor; empty: it accepts connections.
std::string fault_of(int fd) {
  const auto option = [fd](int which) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, which, &value, &size) == 0 ? std::optional(value) : std::nullopt;
  };
  const auto type = option(SO_TYPE);
  if (!type) return "it is not a socket: use ListenStream= in the .socket unit";
  if (*type != SOCK_STREAM)
    return "it is not a socket for connections: use ListenStream= in the .socket unit";
  if (option(SO_ACCEPTCONN) != 1)
    return "it does not listen, it is a connection: use Accept=no in the .socket unit";
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  const int family = address.ss_family;
  if (family == AF_INET || family == AF_INET6 || family == AF_UNIX) return "";
  return "it is neither a TCP nor a unix socket";
}

}  // namespace

const PassedSockets& PassedSockets::of_this_process() {
  static const PassedSockets sockets(kFirst);
  return sockets;
}

PassedSockets::PassedSockets(int first) {
  const auto count = take_count();
  const auto names = split(environment_variable("LISTEN_FDNAMES").value_or(""));
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  if (!count) {
    problem_ = count.error();
    return;
  }
  for (int i = 0; i < *count; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const bool has_name = index < names.size() && !names[index].empty();
    // What is opened later may get the number of one that is not open.
    const bool open = ::fcntl(first + i, F_SETFD, FD_CLOEXEC) == 0;
    sockets_[has_name ? names[index] : std::string(kNameless)].push_back(open ? first + i : kNotOpen);
  }
}

/// What the environment says of their number, if it is meant for this process.
std::expected<int, std::string> PassedSockets::take_count() const {
  const auto process = environment_variable("LISTEN_PID");
  const auto count = environment_variable("LISTEN_FDS");
  if (!process || !count)
    return std::unexpected(fmt::format("no sockets were passed to this program: {}", kStartIt));
  if (whole_number<int>(*process) != ::getpid()) {
    return std::unexpected(
        fmt::format("the sockets were passed to process {} (LISTEN_PID), and this is process {}: {}",
                    printable(*process), ::getpid(), kStartIt));
  }
  const auto number = whole_number<int>(*count);
  if (!number || *number < 1 || *number > kMost) {
    return std::unexpected(
        fmt::format("LISTEN_FDS is '{}', and a number from 1 to {} is expected", printable(*count), kMost));
  }
  return *number;
}

std::expected<std::vector<int>, std::string> PassedSockets::named(std::string_view name) const {
  if (!problem_.empty()) return std::unexpected(problem_);
  const auto found = sockets_.find(name);
  if (found == sockets_.end()) {
    return std::unexpected(
        fmt::format("no socket of this name was passed to this program: there is {} (FileDescriptorName= in "
                    "the .socket unit is the name)",
                    names()));
  }
  for (const int fd : found->second) {
    if (fd == kNotOpen) {
      return std::unexpected(
          "a descriptor of that name is not open: LISTEN_FDS is larger than the number of sockets that were passed");
    }
    const std::string fault = fault_of(fd);
    if (!fault.empty()) return std::unexpected(fmt::format("descriptor {} of that name: {}", fd, fault));
  }
  return found->second;
}

std::string PassedSockets::names() const {
  std::vector<std::string> names;
  for (const auto& [name, descriptors] : sockets_) names.push_back(printable(name));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace serialtcp::io
