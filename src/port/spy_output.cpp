#include "port/spy_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "os/error_text.h"
#include "os/own_standard_error.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

constexpr mode_t kOnlyOwner = 0600;

bool accepts(int fd) {
  pollfd ready{fd, POLLOUT, 0};
  return ::poll(&ready, 1, 0) > 0 && (ready.revents & POLLOUT) != 0;
}

}  // namespace

void SpyOutput::open() {
  if (fd_ >= 0 || over_) return;
  if (path_.empty()) {
    fd_ = own_standard_error();
    if (fd_ < 0) fd_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  } else {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, kOnlyOwner);
    size_ = 0;
  }
  if (fd_ < 0) return fail(errno);
  struct stat info {};
  regular_ = ::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode);
}

void SpyOutput::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void SpyOutput::fail(int error) {
  close();
  problem_ = fmt::format("nothing is written to {}: {}", path_.empty() ? "standard error" : path_,
                         plain_text(error));
}

/// False if nothing may be written any more.
bool SpyOutput::make_room(std::size_t size) {
  if (size_ + size <= most_) return true;
  if (path_.empty()) {
    over_ = true;
    close();
    problem_ = fmt::format(
        "the dump on standard error ends after {}: with file=FILE it goes on, in two files of that size",
        format_size(size_));
    return false;
  }
  if (!regular_) return true;  // a terminal or a pipe does not become larger
  if (::rename(path_.c_str(), (path_ + ".1").c_str()) != 0) {
    over_ = true;
    fail(errno);
    return false;
  }
  close();
  open();
  return fd_ >= 0;
}

void SpyOutput::write(std::string_view text) {
  if (fd_ < 0 || !make_room(text.size())) return;
  std::string with_note;
  if (dropped_ > 0) {
    with_note =
        fmt::format("({} bytes of this dump were dropped: nobody has read them in time)\n{}", dropped_, text);
    text = with_note;
  }
  // Also for what does not heed O_NONBLOCK.
  const ssize_t written = accepts(fd_) ? ::write(fd_, text.data(), text.size()) : 0;
  if (written < 0 && errno != EAGAIN && errno != EINTR) return fail(errno);
  const std::size_t done = written > 0 ? static_cast<std::size_t>(written) : 0;
  size_ += done;
  dropped_ = done > 0 ? text.size() - done : dropped_ + text.size();
}

std::optional<std::string> SpyOutput::take_problem() {
  return std::exchange(problem_, std::nullopt);
}

}  // namespace serialtcp::io
