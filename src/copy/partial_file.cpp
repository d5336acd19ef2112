#include "copy/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "copy/names.h"
#include "os/error_text.h"
#include "os/files.h"

namespace serialtcp::io::copy {

namespace {

constexpr std::size_t kDigestedAtOnce = 64 * 1024;
/// Neither set-user-ID nor the like.
constexpr mode_t kFileModes = 0777;

std::string beside(const std::string& path) {
  const std::string_view name = file_name(path);
  return path.substr(0, path.size() - name.size()) + partial_name(name);
}

}  // namespace

PartialFile::PartialFile(int folder, std::string name)
    : folder_(folder), name_(std::move(name)), partial_(beside(name_)) {}

PartialFile::~PartialFile() {
  if (fd_ >= 0) ::close(fd_);
}

PartialFile::Result PartialFile::fail(const char* what, int error) {
  return std::unexpected(fmt::format("{}: {}", what, plain_text(error)));
}

/// Another user may have put something there.
bool PartialFile::is_own(int fd) const {
  struct stat found {};
  return ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == ::geteuid() &&
         found.st_nlink == 1;
}

PartialFile::Result PartialFile::open() {
  struct stat found {};
  if (::fstatat(folder_, name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISDIR(found.st_mode)) return std::unexpected("a folder is there");
    if (!S_ISREG(found.st_mode) && !S_ISLNK(found.st_mode))
      return std::unexpected("something is there that is no file");
  }
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  fd_ = ::openat(folder_, partial_.c_str(), kFlags | O_CREAT, 0600);
  const bool usable = fd_ >= 0 && is_own(fd_);
  if (!usable && (fd_ >= 0 || errno == ELOOP || errno == EISDIR)) {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (::unlinkat(folder_, partial_.c_str(), 0) != 0) return fail("cannot replace its partial file", errno);
    fd_ = ::openat(folder_, partial_.c_str(), kFlags | O_CREAT | O_EXCL, 0600);
  }
  if (fd_ < 0) return fail("cannot be written", errno);
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    ::close(std::exchange(fd_, -1));
    return std::unexpected("another process copies to it at the moment");
  }
  return read_there();
}

PartialFile::Result PartialFile::read_there() {
  std::array<Byte, kDigestedAtOnce> buffer;
  for (;;) {
    const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
    if (count < 0) return fail("cannot be read", errno);
    if (count == 0) return {};
    digest_.add(ByteView(buffer).first(static_cast<std::size_t>(count)));
    there_ += static_cast<std::uint64_t>(count);
  }
}

PartialFile::Result PartialFile::begin(std::uint64_t offset) {
  if (offset == there_) return {};
  digest_ = Digest();
  there_ = 0;
  if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) return fail("cannot be written", errno);
  return {};
}

PartialFile::Result PartialFile::write(ByteView bytes) {
  digest_.add(bytes);
  there_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail("cannot be written", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

PartialFile::Result PartialFile::finish(const Digest::Value& digest, const Attributes& attributes) {
  if (digest_.value() != digest) {
    remove();
    return std::unexpected("what has arrived differs from what was sent: it is not kept");
  }
  const timespec time{.tv_sec = static_cast<time_t>(attributes.time), .tv_nsec = 0};
  const std::array<timespec, 2> times{time, time};
  // A file system without modes has no more to lose.
  if (::fchmod(fd_, attributes.mode & kFileModes) != 0 && errno != EPERM && errno != ENOTSUP)
    return fail("cannot set its mode", errno);
  ::futimens(fd_, times.data());
  if (::fsync(fd_) != 0 && errno != EINVAL) return fail("cannot be written", errno);
  if (::renameat(folder_, partial_.c_str(), folder_, name_.c_str()) != 0) {
    const int error = errno;
    remove();
    return fail("cannot get its name", error);
  }
  return {};
}

void PartialFile::remove() {
  if (fd_ >= 0) ::unlinkat(folder_, partial_.c_str(), 0);
}

}  // namespace serialtcp::io::copy
