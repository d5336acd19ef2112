// A regular file never makes write() wait for a reader; another kind is opened so that it does not either.
#include "os/capture_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "os/error_text.h"
#include "os/local_time.h"

namespace serialtcp::io {

int CaptureFile::open_file(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
}

std::optional<std::string> CaptureFile::open() {
  const int fd = open_file(settings_.path);
  if (fd < 0) return plain_text(errno);
  close();
  fd_ = fd;
  struct stat info {};
  const bool known = ::fstat(fd_, &info) == 0;
  regular_ = known && S_ISREG(info.st_mode);
  size_ = regular_ ? static_cast<std::uint64_t>(info.st_size) : 0;
  lines_.restart();
  return std::nullopt;
}

std::optional<std::string> CaptureFile::open_again() {
  return is_open() ? open() : std::nullopt;
}

void CaptureFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void CaptureFile::write(ByteView bytes) {
  if (!is_open() || bytes.empty()) return;
  if (regular_ && settings_.most > 0 && size_ >= settings_.most) rotate();
  if (settings_.stamps == Stamps::no) return put(bytes, bytes.size());
  scratch_.clear();
  lines_.append(bytes, local_time_text(), scratch_);
  put(scratch_, bytes.size());
}

/// `content`: how many of the bytes are the port's.
void CaptureFile::put(ByteView bytes, std::size_t content) {
  if (lost_ > 0 && !put_mark()) return lose(content, 0);
  const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
  const int error = count < 0 ? errno : ENOSPC;
  const std::size_t done = count < 0 ? 0 : static_cast<std::size_t>(count);
  size_ += done;
  if (done < bytes.size()) lose(std::min(bytes.size() - done, content), error);
}

bool CaptureFile::put_mark() {
  const std::string mark = fmt::format("\n[serialtcp: {} bytes lost]\n", lost_);
  const ssize_t count = ::write(fd_, mark.data(), mark.size());
  if (count != static_cast<ssize_t>(mark.size())) {
    // A part of it would be worse than none.
    if (count > 0 && regular_) {
      [[maybe_unused]] const int ignored = ::ftruncate(fd_, static_cast<off_t>(size_));
    }
    return false;
  }
  size_ += mark.size();
  lost_ = 0;
  lines_.restart();
  return true;
}

void CaptureFile::lose(std::size_t count, int error) {
  if (lost_ == 0 && error != 0) problem_ = plain_text(error);
  lost_ += count;
}

void CaptureFile::rotate() {
  const auto numbered = [this](unsigned number) { return fmt::format("{}.{}", settings_.path, number); };
  for (unsigned number = settings_.kept; number > 1; --number)
    std::rename(numbered(number - 1).c_str(), numbered(number).c_str());
  if (settings_.kept > 0) {
    std::rename(settings_.path.c_str(), numbered(1).c_str());
  } else {
    ::unlink(settings_.path.c_str());
  }
  // Without a new file, the old one goes on.
  if (const auto problem = open()) {
    problem_ = *problem;
    size_ = 0;
  }
}

std::optional<std::string> CaptureFile::take_problem() {
  return std::exchange(problem_, std::nullopt);
}

}  // namespace serialtcp::io
