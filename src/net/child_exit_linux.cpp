// pidfd_open(2).
#include "net/child_exit.h"

#include <cerrno>

extern "C" {  // this header of glibc 2.36 lacks it
#include <sys/pidfd.h>
}

namespace serialtcp::io {

std::expected<int, int> exit_descriptor(pid_t pid) {
  const int fd = ::pidfd_open(pid, 0);
  if (fd < 0) return std::unexpected(errno);
  return fd;
}

}  // namespace serialtcp::io
