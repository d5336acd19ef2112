// A unix socket, whose file only its user may use.
#include "control/listener.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include "net/accept_loop.h"
#include "net/socket_file.h"
#include "net/unix_peer.h"
#include "net/unix_socket.h"

namespace serialtcp::control {

namespace {

/// Who may connect: the user that runs the program, and root.
constexpr mode_t kMode = 0600;

class SocketListener final : public Listener {
 public:
  SocketListener(io::asio::io_context& context, const std::string& path, Accepted accepted)
      : context_(context), file_(path), accepted_(std::move(accepted)) {}

  std::optional<std::string> start() {
    auto problem = file_.make(kMode, [this](const io::StreamEndpoint& at) { return bind(at); });
    if (!problem) listening_->start();
    return problem;
  }

 private:
  io::ErrorCode bind(const io::StreamEndpoint& endpoint) {
    auto socket = io::listening_socket(context_, endpoint);
    if (!socket) return socket.error();
    listening_.emplace(context_, std::move(*socket), [this](io::StreamSocket client) {
      std::string who = io::unix_peer(client);
      accepted_(std::move(client), std::move(who));
    });
    return {};
  }

  io::asio::io_context& context_;
  io::SocketFile file_;
  Accepted accepted_;
  std::optional<io::AcceptLoop> listening_;
};

}  // namespace

std::expected<std::unique_ptr<Listener>, std::string> make_listener(io::asio::io_context& context,
                                                                    const std::string& path,
                                                                    Accepted accepted) {
  auto listener = std::make_unique<SocketListener>(context, path, std::move(accepted));
  if (auto problem = listener->start()) return std::unexpected(std::move(*problem));
  return listener;
}

}  // namespace serialtcp::control
