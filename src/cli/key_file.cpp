#include "cli/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "os/error_text.h"
#include "os/files.h"

namespace serialtcp::io {

namespace {

constexpr mode_t kOthersRead = S_IRGRP | S_IROTH;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
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
      return "a part of its path is not a directory";
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
      return "it ends in the middle of the key: copy the file again";
    case KeyError::too_long:
      return "it contains more than one key: a key file has one line";
    case KeyError::not_a_key:
      return fmt::format("it does not contain a key of serialtcp; {}", kMakeOne);
  }
  return "";
}

/// Other users who have access to the file.
struct Danger {
  std::string who_can;  ///< "other users can read"
  std::string remedy;
};

bool is_trusted(uid_t user) {
  return user == 0 || user == ::geteuid();
}

/// Whoever can write to the directory can replace the file, except with the sticky bit (/tmp). A group's
/// directory often belongs to one user.
bool can_be_replaced(const std::string& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return false;
  const bool sticky = (status.st_mode & S_ISVTX) != 0;
  const bool world = (status.st_mode & S_IWOTH) != 0;
  return (world && !sticky) || !is_trusted(status.st_uid);
}

/// Passed by the service manager (LoadCredential= of systemd), which lets only this user read it. It may do so by an
/// access control list, with which the mode looks as if the group could read it.
bool is_credential(const std::string& path, const struct stat& status) {
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == 0) return false;
  return io::is_same_file(directory, io::folder_of(path)) && is_trusted(status.st_uid) &&
         (status.st_mode & (kOthersWrite | S_IROTH)) == 0;
}

std::optional<Danger> danger_of(const std::string& path, const struct stat& status) {
  if (is_credential(path, status)) return std::nullopt;
  if (!is_trusted(status.st_uid)) {
    return Danger{fmt::format("user {}, who owns it, can change", status.st_uid),
                  fmt::format("chown {} {}", ::geteuid(), path)};
  }
  const bool read = (status.st_mode & kOthersRead) != 0;
  const bool write = (status.st_mode & kOthersWrite) != 0;
  if (read || write) {
    const std::string_view verbs = read && write ? "read and change" : read ? "read" : "change";
    return Danger{fmt::format("other users can {}", verbs), fmt::format("chmod 600 {}", path)};
  }
  const std::string directory = io::folder_of(path);
  if (can_be_replaced(directory)) {
    return Danger{"other users can replace",
                  fmt::format("move it to a directory that only you can write to; {} is not one", directory)};
  }
  return std::nullopt;
}

/// Nothing on an error; errno says which.
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

std::expected<LoadedKey, std::string> read_key_file(const std::string& path, UnsafeKeyFile policy) {
  // A pipe without a writer must not delay the start.
  const File file(path, O_RDONLY | O_NONBLOCK);
  if (file.fd() < 0) return unusable(path, open_text(errno));
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0) return unusable(path, plain_text(errno));
  if (S_ISDIR(status.st_mode)) return unusable(path, "it is a directory: name the file in it");
  if (!S_ISREG(status.st_mode)) return unusable(path, "it is not a regular file");
  std::optional<std::string> warning;
  if (const auto danger = danger_of(path, status)) {
    if (policy == UnsafeKeyFile::refuse) {
      return unusable(path, fmt::format("{} it: {}", danger->who_can, danger->remedy));
    }
    warning = fmt::format("WARNING: {} the key file {}: {}", danger->who_can, path, danger->remedy);
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

}  // namespace serialtcp::io
