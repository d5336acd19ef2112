// Stale files: a socket that refuses a connection has no listener.
#include "net/unix_listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "net/unix_peer.h"
#include "net/unix_socket.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kLive = "another program listens there already: end it, or choose another path";

}  // namespace

UnixListener::UnixListener(asio::io_context& context, std::string path, Observer& observer)
    : Listener(context, observer), path_(std::move(path)) {}

UnixListener::~UnixListener() {
  if (file_ && file_at(path_) == file_) ::unlink(path_.c_str());
}

std::expected<std::unique_ptr<UnixListener>, std::string> UnixListener::listen(asio::io_context& context,
                                                                               const std::string& path,
                                                                               mode_t mode,
                                                                               Observer& observer) {
  const auto failed = [&path](std::string_view reason) {
    return std::unexpected(fmt::format("Could not listen on unix:{}: {}", path, reason));
  };
  std::unique_ptr<UnixListener> listener(new UnixListener(context, path, observer));
  if (is_abstract(path)) {  // there is no file, and so no mode
    if (const ErrorCode error = listener->bind(unix_endpoint(path)))
      return failed(unix_listen_text(error.value()));
    return listener;
  }
  if (const auto problem = listener->make_room()) return failed(*problem);
  if (const ErrorCode error = listener->bind_with(mode)) return failed(unix_listen_text(error.value()));
  listener->file_ = file_at(path);
  return listener;
}

/// Removes a socket that no program listens at; otherwise returns what is in the way.
std::optional<std::string> UnixListener::make_room() {
  // Two processes that start at once must not mistake each other's new socket for a stale one.
  if (!claim_.take(path_)) return std::string(kLive);
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return std::nullopt;
  if (!S_ISSOCK(status.st_mode)) {
    return "a file that is not a socket has that path: remove it, or choose another path";
  }
  switch (try_unix_socket(path_)) {
    case ENOENT:
      return std::nullopt;
    case ECONNREFUSED:
      break;
    default:
      return std::string(kLive);
  }
  if (::unlink(path_.c_str()) != 0) return unix_listen_text(errno);
  return std::nullopt;
}

/// With the mode from the first moment on.
ErrorCode UnixListener::bind_with(mode_t mode) {
  constexpr mode_t kAll = 0777;
  const mode_t before = ::umask(kAll & ~mode);
  const ErrorCode error = bind(unix_endpoint(path_));
  ::umask(before);
  return error;
}

std::optional<UnixListener::File> UnixListener::file_at(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return File{status.st_dev, status.st_ino};
}

void UnixListener::set_up(StreamSocket& socket) {
  ErrorCode ignored;  // the client may be gone already; this will show when it is read
  socket.non_blocking(true, ignored);
}

std::string UnixListener::who(StreamSocket& socket, const StreamEndpoint&) const {
  return unix_peer(socket);
}

}  // namespace serialtcp::io
