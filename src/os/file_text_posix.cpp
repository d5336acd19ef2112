// open(2), which does not wait for a FIFO with O_NONBLOCK.
#include "os/file_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace serialtcp::io {

int add_file_text(const std::string& path, std::size_t most, std::string& text) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return errno;
  std::array<char, 4096> piece;
  int error = 0;
  while (text.size() < most) {
    const ssize_t got = ::read(fd, piece.data(), std::min(piece.size(), most - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  return error;
}

}  // namespace serialtcp::io
