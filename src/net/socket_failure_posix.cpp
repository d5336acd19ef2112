// POLLERR, and urgent data.
#include "net/socket_failure.h"

#include <utility>

#include "os/socket_error.h"

namespace serialtcp::io {

void wait_for_failure(StreamSocket& socket, SocketFailed done) {
  socket.async_wait(StreamSocket::wait_error,
                    [done = std::move(done)](ErrorCode error) mutable { done(error); });
}

bool was_reset(StreamSocket& socket) {
  return static_cast<bool>(take_error(socket));
}

}  // namespace serialtcp::io
