// socketpair(2).
#include "net/socket_pair.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace serialtcp::io {

std::expected<std::pair<StreamSocket, StreamSocket>, int> socket_pair(asio::io_context& context) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return std::unexpected(errno);
  const asio::generic::stream_protocol protocol(AF_UNIX, 0);
  std::pair<StreamSocket, StreamSocket> pair{StreamSocket(context, protocol, ends[0]),
                                             StreamSocket(context, protocol, ends[1])};
  ErrorCode ignored;
  pair.first.non_blocking(true, ignored);
  pair.second.non_blocking(true, ignored);
  return pair;
}

}  // namespace serialtcp::io
