// tcp(7): SO_KEEPALIVE, TCP_INFO.
#include "net/tcp_options.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

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

Acknowledged acknowledged(StreamSocket& socket) {
  int queued = 0;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::ioctl(socket.native_handle(), SIOCOUTQ, &queued) != 0 || queued == 0) return {};
  if (::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {.all = false,
          .asking = info.tcpi_retransmits > 0 || info.tcpi_probes > 0,
          .last_heard = std::chrono::milliseconds(info.tcpi_last_ack_recv)};
}

}  // namespace serialtcp::io
