// /proc/self/fd: proc(5).
#include "os/own_standard_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace serialtcp::io {

int own_standard_error() {
  struct stat info {};
  if (::fstat(STDERR_FILENO, &info) != 0) return -1;
  if (!S_ISFIFO(info.st_mode) && ::isatty(STDERR_FILENO) == 0) return -1;
  return ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace serialtcp::io
