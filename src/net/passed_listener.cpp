// TCP and unix sockets alike. They are not taken out of listening to refuse clients: that would hold for the service
// manager as well.
#include "net/passed_listener.h"

#include <sys/socket.h>

#include "net/address.h"
#include "net/receive_window.h"
#include "net/tcp_options.h"
#include "net/unix_peer.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

bool is_unix(const StreamEndpoint& endpoint) {
  return endpoint.data()->sa_family == AF_UNIX;
}

}  // namespace

std::expected<std::unique_ptr<PassedListener>, std::string> PassedListener::listen(
    asio::io_context& context, const std::vector<int>& sockets, Observer& observer) {
  std::unique_ptr<PassedListener> listener(new PassedListener(context, observer));
  for (const int fd : sockets) {
    if (const ErrorCode error = listener->share(fd)) return std::unexpected(listen_text(error_number(error)));
  }
  return listener;
}

void PassedListener::expect(std::uint64_t rate) {
  const std::vector<StreamEndpoint> all = endpoints();
  auto endpoint = all.begin();
  for_each_socket([&](int fd) {
    if (!is_unix(*endpoint++)) ReceiveWindow::prepare(fd, rate);
  });
}

void PassedListener::set_up(StreamSocket& socket) {
  ErrorCode ignored;  // the client may be gone already; this will show when it is read
  socket.non_blocking(true, ignored);
  set_user_options(socket);
}

std::string PassedListener::who(StreamSocket& socket, const StreamEndpoint& from) const {
  if (is_unix(from)) return unix_peer(socket);
  const tcp::endpoint endpoint = tcp_endpoint(from);
  return to_string(Target{endpoint.address().to_string(), endpoint.port()});
}

}  // namespace serialtcp::io
