// A socket bound to an abstract name. In contrast to a lock file, it cannot be left behind.
#include "os/path_claim.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "os/abstract_name.h"
#include "os/files.h"

namespace serialtcp::io {

bool PathClaim::take(const std::string& path) {
  release();
  std::string name = fmt::format("serialtcp:{}/{}", resolved_path(folder_of(path)), file_name(path));

  // The end of a long path distinguishes it from others.
  if (name.size() > kMaxAbstractName) name.erase(0, name.size() - kMaxAbstractName);
  const auto address = abstract_endpoint(name);
  if (!address) return true;  // nothing can be claimed, and other claims are not seen

  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return true;  // without sockets nothing can be claimed, and other claims are not seen
  if (::bind(socket_, address->data(), static_cast<socklen_t>(address->size())) == 0 || errno != EADDRINUSE)
    return true;
  release();
  return false;
}

void PathClaim::release() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

}  // namespace serialtcp::io
