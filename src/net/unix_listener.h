// UnixListener: a Listener on a unix socket. Owns the socket's file.
#pragma once

#include <sys/types.h>

#include <expected>
#include <memory>
#include <string>

#include "net/listener.h"
#include "net/socket_file.h"

namespace serialtcp::io {

class UnixListener final : public Listener {
 public:
  /// Who may connect by default: the user that runs the program.
  static constexpr mode_t kDefaultMode = 0600;

  /// Binds and listens at once. `path` has at most kMaxUnixPath characters. The error is a whole sentence.
  static std::expected<std::unique_ptr<UnixListener>, std::string> listen(asio::io_context& context,
                                                                          const std::string& path,
                                                                          mode_t mode, Observer& observer);

 private:
  UnixListener(asio::io_context& context, std::string path, Observer& observer);

  void set_up(StreamSocket& socket) override;
  std::string who(StreamSocket& socket, const StreamEndpoint& from) const override;

  SocketFile file_;
};

}  // namespace serialtcp::io
