// tcp(7): of a listening socket, TCP_INFO has the length of its queue. unix(7) has nothing like it.
#include "net/accept_queue.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace serialtcp::io {

std::size_t clients_in_queue(SocketHandle listening) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(listening, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
    return info.tcpi_state == TCP_LISTEN ? info.tcpi_unacked : 0;
  int listens = 0;
  socklen_t length = sizeof listens;
  if (::getsockopt(listening, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0 || listens == 0) return 0;
  pollfd queue{listening, POLLIN, 0};
  return ::poll(&queue, 1, 0) > 0 ? 1 : 0;
}

}  // namespace serialtcp::io
