// SO_PEERCRED: unix(7).
#include "net/unix_peer.h"

#include <fmt/format.h>
#include <sys/socket.h>

namespace serialtcp::io {

std::string unix_peer(StreamSocket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return "a local program";
  return fmt::format("process {} of user {}", peer.pid, peer.uid);
}

}  // namespace serialtcp::io
