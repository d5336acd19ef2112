// Stale files: a socket that refuses a connection has no listener.
#include "net/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "net/unix_socket.h"
#include "os/error_text.h"
#include "os/files.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kOtherFile =
    "a file that is not a socket has that path: remove it, or choose another path";
constexpr std::string_view kLive = "another program listens there already: end it, or choose another path";

}  // namespace

SocketFile::~SocketFile() {
  if (file_ && file_at(path_) == file_) ::unlink(path_.c_str());
}

std::optional<std::string> SocketFile::make(mode_t mode,
                                            const std::function<ErrorCode(const StreamEndpoint&)>& bind) {
  if (auto problem = make_room()) return problem;
  constexpr mode_t kAll = 0777;
  const mode_t before = ::umask(kAll & ~mode);
  const ErrorCode error = bind(unix_endpoint(path_));
  ::umask(before);
  if (error) return unix_listen_text(error_number(error));
  file_ = file_at(path_);
  return std::nullopt;
}

/// Removes a socket that no program listens at; otherwise returns what is in the way.
std::optional<std::string> SocketFile::make_room() {
  // Two processes that start at once must not mistake each other's new socket for a stale one.
  if (!claim_.take(path_)) return std::string(kLive);
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return std::nullopt;
  if (!S_ISSOCK(status.st_mode)) {
    return std::string(kOtherFile);
  }
  switch (try_unix_socket(path_)) {
    case ENOENT:
      return std::nullopt;
    case ECONNREFUSED:
      break;
    default:
      return std::string(kLive);
  }
  if (::unlink(path_.c_str()) != 0) return unix_listen_text(errno);
  return std::nullopt;
}

std::optional<std::string> SocketFile::problem_at(const std::string& path) {
  const std::string folder = folder_of(path);
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return unix_listen_text(errno);
  if (!S_ISDIR(status.st_mode)) return unix_listen_text(ENOTDIR);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return unix_listen_text(errno);
  if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) return std::string(kOtherFile);
  return std::nullopt;
}

std::optional<SocketFile::File> SocketFile::file_at(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return File{status.st_dev, status.st_ino};
}

void remove_stale_socket(const std::string& path) {
  PathClaim claim;
  struct stat status {};
  if (!claim.take(path) || ::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  if (try_unix_socket(path) == ECONNREFUSED) ::unlink(path.c_str());
}

}  // namespace serialtcp::io
