#include "port/record_output.h"

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

/// There may be room again.
bool is_full(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

}  // namespace

void RecordOutput::open() {
  if (fd_ >= 0 || over_) return;
  size_ = 0;
  if (path_.empty()) {
    fd_ = own_standard_error();
    if (fd_ < 0) fd_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  } else {
    const bool kept = rules_.before == Rules::Before::kept && !std::exchange(renewed_, false);
    fd_ = ::open(path_.c_str(),
                 O_WRONLY | O_CREAT | (kept ? O_APPEND : O_TRUNC) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                 kOnlyOwner);
  }
  if (fd_ < 0) return fail(errno);
  struct stat info {};
  regular_ = ::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode);
  if (regular_ && !path_.empty()) size_ = static_cast<std::uint64_t>(info.st_size);
}

void RecordOutput::open_again() {
  close();
  over_ = false;
  open();
}

void RecordOutput::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void RecordOutput::fail(int error) {
  close();
  problem_ = fmt::format("nothing is written to {}: {}", path_.empty() ? "standard error" : path_,
                         plain_text(error));
}

/// By write().
void RecordOutput::refused(int error) {
  if (error == EAGAIN || error == EINTR) return;
  if (!is_full(error)) return fail(error);
  if (std::exchange(full_told_, true)) return;
  problem_ = fmt::format("nothing is written to {} until there is room: {}",
                         path_.empty() ? "standard error" : path_, plain_text(error));
}

bool RecordOutput::rename_all() const {
  if (rules_.old_files == 0) return true;
  for (std::size_t number = rules_.old_files; number > 1; --number) {
    const std::string older = fmt::format("{}.{}", path_, number);
    if (::rename(fmt::format("{}.{}", path_, number - 1).c_str(), older.c_str()) != 0 && errno != ENOENT)
      return false;
  }
  return ::rename(path_.c_str(), (path_ + ".1").c_str()) == 0;
}

/// False if nothing may be written any more.
bool RecordOutput::make_room(std::size_t size) {
  if (size_ == 0 || size_ + size <= rules_.most) return true;
  if (path_.empty()) {
    over_ = true;
    close();
    problem_ = fmt::format(
        "the dump on standard error ends after {}: with file=FILE it goes on, in two files of that size",
        format_size(size_));
    return false;
  }
  if (!regular_) return true;  // a terminal or a pipe does not become larger
  if (!rename_all()) {
    over_ = true;
    fail(errno);
    return false;
  }
  renewed_ = true;
  close();
  open();
  return fd_ >= 0;
}

void RecordOutput::write(std::string_view text) {
  if (fd_ < 0 || text.empty() || !make_room(text.size())) return;
  const std::string note = dropped_ > 0 ? fmt::format(fmt::runtime(rules_.mark), dropped_) : "";
  const std::string with_note = note + std::string(dropped_ > 0 ? text : "");
  const std::string_view all = note.empty() ? text : with_note;
  // Also for what does not heed O_NONBLOCK.
  const ssize_t written = accepts(fd_) ? ::write(fd_, all.data(), all.size()) : 0;
  if (written < 0) refused(errno);
  if (written <= 0) {
    dropped_ += text.size();
    return;
  }
  const auto done = static_cast<std::size_t>(written);
  full_told_ = false;
  size_ += done;
  dropped_ = all.size() - done;
}

std::optional<std::string> RecordOutput::take_problem() {
  return std::exchange(problem_, std::nullopt);
}

}  // namespace serialtcp::io
