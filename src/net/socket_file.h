// SocketFile: the file of a unix socket that this process listens on. Replaces one that no program listens at any more,
// and removes its own at the end. Does not know who listens.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "os/asio.h"
#include "os/path_claim.h"

namespace serialtcp::io {

class SocketFile {
 public:
  /// `path` has at most kMaxUnixPath characters, and is no abstract name.
  explicit SocketFile(std::string path) : path_(std::move(path)) {}
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

  /// Calls `bind` once the path is free, so that the file has this mode from the first moment on. The error completes
  /// "Could not listen on unix:X: ...".
  std::optional<std::string> make(mode_t mode, const std::function<ErrorCode(const StreamEndpoint&)>& bind);

  const std::string& path() const { return path_; }

  /// Why no socket can be made there, as far as that can be seen: the folder, or what has the path. Changes nothing;
  /// completes "Could not listen on X: ...".
  static std::optional<std::string> problem_at(const std::string& path);

 private:
  /// Identifies the file, even if its name is used for another one.
  struct File {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const File&) const = default;
  };
  static std::optional<File> file_at(const std::string& path);

  std::optional<std::string> make_room();

  std::string path_;
  PathClaim claim_;
  std::optional<File> file_;
};

/// Removes the file of a socket that no process listens at, as one that was killed leaves it. All else stays as it is.
void remove_stale_socket(const std::string& path);

}  // namespace serialtcp::io
