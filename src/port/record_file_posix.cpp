// Files, terminals and pipes as descriptors that do not block.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "os/own_standard_error.h"
#include "port/record_file.h"

namespace serialtcp::io {

namespace {

constexpr mode_t kOnlyOwner = 0600;

bool accepts(int fd) {
  pollfd ready{fd, POLLOUT, 0};
  return ::poll(&ready, 1, 0) > 0 && (ready.revents & POLLOUT) != 0;
}

std::expected<RecordFile, int> record_file(int fd) {
  if (fd < 0) return std::unexpected(errno);
  RecordFile file{.number = fd};
  struct stat info {};
  file.regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  if (file.regular) file.size = static_cast<std::uint64_t>(info.st_size);
  return file;
}

}  // namespace

std::expected<RecordFile, int> open_record(const std::string& path, RecordContents contents) {
  return record_file(::open(path.c_str(),
                            O_WRONLY | O_CREAT | (contents == RecordContents::kept ? O_APPEND : O_TRUNC) |
                                O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                            kOnlyOwner));
}

std::expected<RecordFile, int> open_standard_error() {
  const int fd = own_standard_error();
  return record_file(fd >= 0 ? fd : ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
}

void close_record(int number) {
  ::close(number);
}

std::expected<std::size_t, int> write_record(int number, std::string_view text) {
  // Also for what does not heed O_NONBLOCK.
  if (!accepts(number)) return 0;
  const ssize_t written = ::write(number, text.data(), text.size());
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno == EAGAIN || errno == EINTR) return 0;
  return std::unexpected(errno);
}

bool may_have_room_again(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

int rename_record(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace serialtcp::io
