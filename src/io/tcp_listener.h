// TcpListener: a Listener on a TCP port.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>

#include "io/listener.h"
#include "io/target.h"

namespace serialtcp::io {

class TcpListener final : public Listener {
 public:
  /// Binds and listens at once (port 0: any free one), blocking to look up a name. The error is a whole
  /// sentence.
  static std::expected<std::unique_ptr<TcpListener>, std::string> listen(asio::io_context& context,
                                                                         const Target& at,
                                                                         Observer& observer);
  /// At the first of these addresses where that can be done.
  static std::expected<std::unique_ptr<TcpListener>, ErrorCode> listen(
      asio::io_context& context, std::span<const asio::ip::address> addresses, std::uint16_t port,
      Observer& observer);

  tcp::endpoint address() const;

 private:
  using Listener::Listener;

  void prepare(int fd) override;
  bool can_stop_listening() const override { return true; }
  void set_up(StreamSocket& socket) override;
  std::string who(StreamSocket& socket, const StreamEndpoint& from) const override;
};

}  // namespace serialtcp::io
