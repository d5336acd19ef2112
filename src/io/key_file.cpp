#include "io/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "io/error_text.h"

namespace serialtcp::io {

namespace {

constexpr mode_t kOthersRead = S_IRGRP | S_IROTH;
constexpr std::string_view kMakeOne = "serialtcp keygen FILE makes a key";

/// An open file that is closed at the end.
class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode)) {}
  ~File() { static_cast<void>(close()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }
  bool close() {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

std::unexpected<std::string> unusable(const std::string& path, std::string_view why) {
  return std::unexpected(fmt::format("Could not use the key file {}: {}", path, why));
}

std::string open_text(int error) {
  switch (error) {
    case ENOENT:
      return fmt::format("no such file; {}", kMakeOne);
    case ENOTDIR:
      return "what should be its directory is none";
    case EACCES:
    case EPERM:
      return "permission denied: it must be readable for the user that runs serialtcp";
    default:
      return plain_text(error);
  }
}

std::string text_of(KeyError error) {
  switch (error) {
    case KeyError::empty:
      return fmt::format("it is empty; {}", kMakeOne);
    case KeyError::too_short:
      return "it ends in the middle of the key: copy it again";
    case KeyError::too_long:
      return "there is more in it than one key: a key file has one line";
    case KeyError::not_a_key:
      return fmt::format("it is not a key of serialtcp; {}", kMakeOne);
  }
  return "";
}

/// Nothing on an error, which errno tells.
std::optional<std::expected<Key, KeyError>> read_key(int fd) {
  std::array<char, kMaxKeyText + 1> text;
  std::size_t size = 0;
  ssize_t count = 0;
  do {
    count = ::read(fd, text.data() + size, text.size() - size);
    if (count > 0) size += static_cast<std::size_t>(count);
  } while (count > 0 || (count < 0 && errno == EINTR));
  std::optional<std::expected<Key, KeyError>> key;
  if (count == 0) key = parse_key(std::string_view(text.data(), size));
  wipe(MutableByteView(reinterpret_cast<Byte*>(text.data()), text.size()));
  return key;
}

}  // namespace

std::expected<LoadedKey, std::string> read_key_file(const std::string& path, OthersMayRead policy) {
  // A pipe that nobody writes to must not hold up the start.
  const File file(path, O_RDONLY | O_NONBLOCK);
  if (file.fd() < 0) return unusable(path, open_text(errno));
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return unusable(path, plain_text(errno));
  if (S_ISDIR(status.st_mode)) return unusable(path, "it is a directory: name the file in it");
  if (!S_ISREG(status.st_mode)) return unusable(path, "it is not a regular file");
  std::optional<std::string> warning;
  if ((status.st_mode & kOthersRead) != 0) {
    if (policy == OthersMayRead::refuse) {
      return unusable(path, fmt::format("other users can read it: chmod 600 {}", path));
    }
    warning = fmt::format("WARNING: other users can read the key file {}: chmod 600 {}", path, path);
  }
  const auto key = read_key(file.fd());
  if (!key) return unusable(path, plain_text(errno));
  if (!*key) return unusable(path, text_of(key->error()));
  return LoadedKey{**key, std::move(warning)};
}

std::expected<void, std::string> write_key_file(const std::string& path, const Key& key) {
  const auto failed = [&](std::string_view why) {
    return std::unexpected(fmt::format("Could not write the key to {}: {}", path, why));
  };
  File file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (file.fd() < 0) {
    const int error = errno;
    if (error == EEXIST)
      return failed("it exists already, and a key is never overwritten: choose another name");
    return failed(error == ENOENT ? "there is no such directory" : plain_text(error));
  }
  std::string text = format_key(key);
  ssize_t count = 0;
  do count = ::write(file.fd(), text.data(), text.size());
  while (count < 0 && errno == EINTR);
  bool good = count == static_cast<ssize_t>(text.size()) && ::fsync(file.fd()) == 0;
  good = file.close() && good;
  wipe(text);
  if (good) return {};
  const int error = errno;
  ::unlink(path.c_str());
  return failed(plain_text(error));
}

Undumpable::Undumpable() : before_(::prctl(PR_GET_DUMPABLE)) {
  ::prctl(PR_SET_DUMPABLE, 0);
}

Undumpable::~Undumpable() {
  ::prctl(PR_SET_DUMPABLE, before_);
}

}  // namespace serialtcp::io
