// tcp(7): SO_KEEPALIVE, TCP_INFO, TCP_WINDOW_CLAMP.
#include "net/tcp_options.h"

#include <netinet/tcp.h>

#include "net/socket_queues.h"

namespace serialtcp::io {

namespace {

void set(StreamSocket& socket, int level, int name, int value) {
  // A socket that is already broken reports that when it is read; sockets that are not TCP do not support
  // these.
  ::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
}

}  // namespace

void set_user_options(StreamSocket& socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  // An urgent byte is an ordinary byte of the stream; without this option it would be missing.
  set(socket, SOL_SOCKET, SO_OOBINLINE, 1);
  // No TCP_USER_TIMEOUT: the kernel would also reset a peer that is alive and only does not read.
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
}

void set_line_options(StreamSocket& socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, SOL_SOCKET, SO_SNDBUF, kLineSendBuffer);
  // The window was small, as for users' connections.
  set(socket, SOL_SOCKET, SO_RCVBUF, kLineReceiveBuffer);
  set(socket, IPPROTO_TCP, TCP_WINDOW_CLAMP, kLineReceiveBuffer);
  // No TCP_USER_TIMEOUT: a server whose serial side is held up by flow control acknowledges, and takes nothing.
  // While something is awaited, silence tells sooner than keep-alive does.
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, kLineKeepAliveIdleSeconds);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, kLineKeepAliveIntervalSeconds);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, kLineKeepAliveProbes);
}

/// The kernel forgets this option, so it is set again and again.
void acknowledge_now(SocketHandle handle) {
  constexpr int kOn = 1;
  ::setsockopt(handle, IPPROTO_TCP, TCP_QUICKACK, &kOn, sizeof kOn);
}

Acknowledged acknowledged(StreamSocket& socket) {
  return acknowledged(socket.native_handle());
}

Acknowledged acknowledged(SocketHandle handle) {
  if (unsent_bytes(handle) == 0) return {};
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(handle, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {.all = false,
          .asking = info.tcpi_retransmits > 0 || info.tcpi_probes > 0,
          .last_heard = std::chrono::milliseconds(info.tcpi_last_ack_recv)};
}

}  // namespace serialtcp::io
