// connect(), and what it has come to.
#include "net/connecting.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace serialtcp::io {

namespace {

/// SO_ERROR would report only a reset that came after an answer, and would clear it.
ErrorCode connect_error(tcp::socket& socket) {
  char byte = 0;
  const ssize_t count = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {};
  return {errno, boost::system::system_category()};
}

}  // namespace

ErrorCode begin_connect(tcp::socket& socket, const tcp::endpoint& to, Connected done) {
  ErrorCode error;
  socket.non_blocking(true, error);
  if (!error && ::connect(socket.native_handle(), to.data(), static_cast<socklen_t>(to.size())) != 0)
    error.assign(errno, asio::error::get_system_category());
  if (error && error != asio::error::in_progress) return error;
  socket.async_wait(tcp::socket::wait_write, [&socket, done = std::move(done)](ErrorCode cancelled) mutable {
    done(cancelled ? cancelled : connect_error(socket));
  });
  return {};
}

}  // namespace serialtcp::io
