#include "port/given_descriptor_posix.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace serialtcp::io {

std::expected<int, int> GivenDescriptor::own() {
  std::array<char, 128> path{};
  // The controlling side of a pty has a name, too, but that opens another pty.
  const bool has_path = ::isatty(fd_) == 1 && ::ptsname(fd_) == nullptr;
  if (has_path && ::ttyname_r(fd_, path.data(), path.size()) == 0) {
    const int fd = ::open(path.data(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) return fd;
  }
  const int flags = ::fcntl(fd_, F_GETFL);
  const int fd = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (flags < 0 || fd < 0) return std::unexpected(errno);
  if ((flags & O_NONBLOCK) == 0) flags_ = flags;
  return fd;
}

void GivenDescriptor::put_back() {
  if (flags_ >= 0) ::fcntl(fd_, F_SETFL, flags_);
  flags_ = -1;
}

}  // namespace serialtcp::io
