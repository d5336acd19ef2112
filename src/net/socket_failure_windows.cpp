// No event tells of a reset while there is something to read: the socket is asked again and again.
#include "net/socket_failure.h"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <utility>

namespace serialtcp::io {

namespace {

constexpr auto kInterval = std::chrono::milliseconds(250);

struct FailureWatch : std::enable_shared_from_this<FailureWatch> {
  FailureWatch(StreamSocket& watched, SocketFailed call)
      : socket(watched), timer(watched.get_executor()), done(std::move(call)) {}

  void wait() {
    timer.expires_after(kInterval);
    timer.async_wait([self = shared_from_this()](ErrorCode error) {
      if (!error && !self->socket.is_open()) error = asio::error::operation_aborted;
      if (!error && !was_reset(self->socket)) return self->wait();
      self->done(error);
    });
  }

  StreamSocket& socket;
  asio::steady_timer timer;
  SocketFailed done;
};

}  // namespace

void wait_for_failure(StreamSocket& socket, SocketFailed done) {
  std::make_shared<FailureWatch>(socket, std::move(done))->wait();
}

bool was_reset(StreamSocket& socket) {
  WSAPOLLFD state{.fd = socket.native_handle(), .events = POLLOUT, .revents = 0};
  return ::WSAPoll(&state, 1, 0) > 0 && (state.revents & POLLERR) != 0;
}

}  // namespace serialtcp::io
