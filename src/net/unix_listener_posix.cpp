// The file of the socket is made first, and removed last.
#include "net/unix_listener.h"

#include <fmt/format.h>

#include <utility>

#include "net/unix_peer.h"
#include "net/unix_socket.h"
#include "os/error_text.h"

namespace serialtcp::io {

UnixListener::UnixListener(asio::io_context& context, std::string path, Observer& observer)
    : Listener(context, observer), file_(std::move(path)) {}

std::expected<std::unique_ptr<UnixListener>, std::string> UnixListener::listen(asio::io_context& context,
                                                                               const std::string& path,
                                                                               mode_t mode,
                                                                               Observer& observer) {
  const auto failed = [&path](std::string_view reason) {
    return std::unexpected(fmt::format("Could not listen on unix:{}: {}", path, reason));
  };
  std::unique_ptr<UnixListener> listener(new UnixListener(context, path, observer));
  const auto bind = [&listener](const StreamEndpoint& endpoint) { return listener->bind(endpoint); };
  if (is_abstract(path)) {  // there is no file, and so no mode
    if (const ErrorCode error = bind(unix_endpoint(path)))
      return failed(unix_listen_text(error_number(error)));
    return listener;
  }
  if (const auto problem = listener->file_.make(mode, bind)) return failed(*problem);
  return listener;
}

void UnixListener::set_up(StreamSocket& socket) {
  ErrorCode ignored;  // the client may be gone already; this will show when it is read
  socket.non_blocking(true, ignored);
}

std::string UnixListener::who(StreamSocket& socket, const StreamEndpoint&) const {
  return unix_peer(socket);
}

}  // namespace serialtcp::io
