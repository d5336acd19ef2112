// TCP and unix sockets alike. They are not taken out of listening to refuse clients: that would hold for the service
// manager as well.
#include "net/passed_listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

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

/// A socket that stays its owner's.
std::expected<StreamAcceptor, ErrorCode> shared_acceptor(asio::io_context& context, int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return std::unexpected(ErrorCode(errno, boost::system::system_category()));
  ErrorCode error;
  StreamAcceptor acceptor(context);
  acceptor.assign({address.ss_family, 0}, own, error);
  if (error) ::close(own);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return std::unexpected(error);
  return acceptor;
}

}  // namespace

std::expected<std::unique_ptr<PassedListener>, std::string> PassedListener::listen(
    asio::io_context& context, const std::vector<int>& sockets, Observer& observer) {
  std::unique_ptr<PassedListener> listener(new PassedListener(context, observer));
  for (const int fd : sockets) {
    auto acceptor = shared_acceptor(context, fd);
    if (!acceptor) return std::unexpected(listen_text(error_number(acceptor.error())));
    listener->add(std::move(*acceptor));
  }
  return listener;
}

void PassedListener::expect(std::uint64_t rate) {
  const std::vector<StreamEndpoint> all = endpoints();
  auto endpoint = all.begin();
  for_each_socket([&](SocketHandle handle) {
    if (!is_unix(*endpoint++)) ReceiveWindow::prepare(handle, rate);
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
