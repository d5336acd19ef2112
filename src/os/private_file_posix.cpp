// Modes and owners: stat(2).
#include "os/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "os/environment.h"
#include "os/error_text.h"
#include "os/files.h"
#include "serialtcp/key.h"

namespace serialtcp::io {

namespace {

constexpr mode_t kOthersRead = S_IRGRP | S_IROTH;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

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

/// Passed by the service manager, which lets only this user read it. It may do so by an access control list, with which the
/// mode looks as if the group could read it.
bool is_credential(const std::string& path, const struct stat& status) {
  const std::string directory = environment_text("CREDENTIALS_DIRECTORY");
  if (directory.empty()) return false;
  return is_same_file(directory, folder_of(path)) && is_trusted(status.st_uid) &&
         (status.st_mode & (kOthersWrite | S_IROTH)) == 0;
}

std::optional<FileDanger> danger_of(const std::string& path, const struct stat& status) {
  if (is_credential(path, status)) return std::nullopt;
  if (!is_trusted(status.st_uid)) {
    return FileDanger{fmt::format("user {}, who owns it, can change", status.st_uid),
                      fmt::format("chown {} {}", ::geteuid(), path)};
  }
  const bool read = (status.st_mode & kOthersRead) != 0;
  const bool write = (status.st_mode & kOthersWrite) != 0;
  if (read || write) {
    const std::string_view verbs = read && write ? "read and change" : read ? "read" : "change";
    return FileDanger{fmt::format("other users can {}", verbs), fmt::format("chmod 600 {}", path)};
  }
  const std::string directory = folder_of(path);
  if (can_be_replaced(directory)) {
    return FileDanger{
        "other users can replace",
        fmt::format("move it to a directory that only you can write to; {} is not one", directory)};
  }
  return std::nullopt;
}

/// An error of the system, or 0. Nothing of it stays in other memory than `text`.
int read_into(int fd, std::string& text) {
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(fd, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return 0;
}

PrivateFileError system_error(int number) {
  return {number, plain_text(number)};
}

std::expected<PrivateFile, PrivateFileError> read_open_file(int fd, const std::string& path,
                                                            std::size_t most) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return std::unexpected(system_error(errno));
  if (S_ISDIR(status.st_mode))
    return std::unexpected(PrivateFileError{.text = "it is a directory: name the file in it"});
  if (!S_ISREG(status.st_mode)) return std::unexpected(PrivateFileError{.text = "it is not a regular file"});
  PrivateFile file{std::string(most, '\0'), danger_of(path, status)};
  if (const int error = read_into(fd, file.text); error != 0) {
    wipe(file.text);
    return std::unexpected(system_error(error));
  }
  return file;
}

}  // namespace

std::expected<PrivateFile, PrivateFileError> read_private_file(const std::string& path, std::size_t most) {
  // A pipe without a writer must not delay the start.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return std::unexpected(system_error(errno));
  auto file = read_open_file(fd, path, most);
  ::close(fd);
  return file;
}

int write_new_private_file(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
                        S_IRUSR | S_IWUSR);
  if (fd < 0) return errno;
  ssize_t count = 0;
  do count = ::write(fd, text.data(), text.size());
  while (count < 0 && errno == EINTR);
  int error = count < 0 ? errno : count == static_cast<ssize_t>(text.size()) ? 0 : ENOSPC;
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error != 0) ::unlink(path.c_str());
  return error;
}

}  // namespace serialtcp::io
