// UnixListener: a Listener on a unix socket. Owns the socket's file: replaces one that no program listens at
// any more, and removes its own at the end.
#pragma once

#include <sys/types.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "net/listener.h"
#include "os/path_claim.h"

namespace serialtcp::io {

class UnixListener final : public Listener {
 public:
  /// Who may connect by default: the user that runs the program.
  static constexpr mode_t kDefaultMode = 0600;

  /// Binds and listens at once. `path` has at most kMaxUnixPath characters. The error is a whole sentence.
  static std::expected<std::unique_ptr<UnixListener>, std::string> listen(asio::io_context& context,
                                                                          const std::string& path,
                                                                          mode_t mode, Observer& observer);
  ~UnixListener() override;
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

 private:
  /// Identifies the file, even if its name is used for another one.
  struct File {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const File&) const = default;
  };
  static std::optional<File> file_at(const std::string& path);

  UnixListener(asio::io_context& context, std::string path, Observer& observer);

  std::optional<std::string> make_room();
  ErrorCode bind_with(mode_t mode);
  void set_up(StreamSocket& socket) override;
  std::string who(StreamSocket& socket, const StreamEndpoint& from) const override;

  std::string path_;
  PathClaim claim_;
  std::optional<File> file_;
};

}  // namespace serialtcp::io
