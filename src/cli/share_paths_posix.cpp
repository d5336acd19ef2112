// As unix sockets and ptys are named elsewhere (net/unix_socket, port/pty_device).
#include <fmt/format.h>

#include "cli/option_values.h"
#include "cli/share_paths.h"
#include "net/socket_file.h"
#include "net/unix_socket.h"
#include "port/pty_device.h"

namespace serialtcp::cli {

std::expected<std::string, std::string> parse_share_path(share::Place::Kind kind, const std::string& text) {
  return kind == share::Place::Kind::pty ? parse_file_name(text) : io::parse_unix_path(text);
}

std::optional<std::string> problem_of_share_path(share::Place::Kind kind, const std::string& path) {
  if (kind == share::Place::Kind::pty) return io::PtyDevice::problem_at(path);
  const auto problem = io::SocketFile::problem_at(path);
  if (!problem) return std::nullopt;
  return fmt::format("Could not listen on unix:{}: {}", path, *problem);
}

}  // namespace serialtcp::cli
