// Windows does not tell how many there are.
#include "net/accept_queue.h"

namespace serialtcp::io {

std::size_t clients_in_queue(SocketHandle listening) {
  WSAPOLLFD queue{.fd = listening, .events = POLLRDNORM, .revents = 0};
  return ::WSAPoll(&queue, 1, 0) > 0 && (queue.revents & POLLRDNORM) != 0 ? 1 : 0;
}

}  // namespace serialtcp::io
