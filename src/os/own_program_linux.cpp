// /proc/self/exe of this process is always open to itself, but closed to others once it is not dumpable.
#include "os/own_program.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "os/files.h"

namespace serialtcp::io {

int open_own_program(int above) {
  const int fd = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, above + 1);
  const int error = errno;
  ::close(fd);
  return moved < 0 ? -error : moved;
}

std::string own_program_path() {
  return link_target("/proc/self/exe");
}

std::string path_of_descriptor(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace serialtcp::io
