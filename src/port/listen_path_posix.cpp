// Unix sockets.
#include "net/socket_file.h"
#include "net/unix_listener.h"
#include "net/unix_socket.h"
#include "port/listen_path.h"

namespace serialtcp::io {

std::expected<std::string, std::string> parse_listen_path(std::string_view text) {
  return parse_unix_path(text);
}

std::expected<void, OpenError> look_at_listen_path(const std::string& path) {
  if (is_abstract(path)) return {};
  if (const auto problem = SocketFile::problem_at(path))
    return std::unexpected(OpenError{OpenError::Kind::passing, *problem});
  return {};
}

std::expected<std::unique_ptr<FrontEnd>, std::string> listen_at_path(asio::io_context& context,
                                                                     const std::string& path,
                                                                     Observer& observer) {
  return UnixListener::listen(context, path, UnixListener::kDefaultMode, observer);
}

}  // namespace serialtcp::io
