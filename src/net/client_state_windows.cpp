// Windows does not tell whether the socket at the other end of a connection within this machine is still open: the end of its output
// counts.
#include "net/client_state.h"

#include "net/socket_failure.h"

namespace serialtcp::io {

bool client_has_gone(StreamSocket& socket) {
  if (was_reset(socket)) return true;
  WSAPOLLFD state{.fd = socket.native_handle(), .events = POLLRDNORM, .revents = 0};
  if (::WSAPoll(&state, 1, 0) <= 0) return false;
  if ((state.revents & POLLHUP) != 0) return true;
  char byte = 0;
  return (state.revents & POLLRDNORM) != 0 && ::recv(socket.native_handle(), &byte, 1, MSG_PEEK) == 0;
}

}  // namespace serialtcp::io
