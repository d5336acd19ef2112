// A socket bound to an abstract name. In contrast to a lock file, it cannot be left behind.
#include "os/path_claim.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>

namespace serialtcp::io {

bool PathClaim::take(const std::string& path) {
  release();
  std::error_code ignored;
  const std::filesystem::path absolute = std::filesystem::absolute(path, ignored);
  const std::string folder = std::filesystem::weakly_canonical(absolute.parent_path(), ignored).string();
  std::string name = "serialtcp:" + folder + "/" + absolute.filename().string();

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // The first byte stays 0, which makes the name abstract. The end of a long path is what tells it from
  // others.
  const std::size_t room = sizeof address.sun_path - 1;
  if (name.size() > room) name.erase(0, name.size() - room);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());

  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return true;  // without sockets nothing can be claimed, and nothing is found out
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) == 0 || errno != EADDRINUSE)
    return true;
  release();
  return false;
}

void PathClaim::release() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

}  // namespace serialtcp::io
