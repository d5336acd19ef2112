// TcpListener: a Listener on a TCP port.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "net/listener.h"
#include "net/target.h"

namespace serialtcp::io {

class TcpListener final : public Listener {
 public:
  /// Binds and listens at once, if `at` needs no look-up (port 0: any free one). The error is a whole
  /// sentence.
  static std::expected<std::unique_ptr<TcpListener>, std::string> listen(asio::io_context& context,
                                                                         const Target& at,
                                                                         Observer& observer);
  /// Listens at all of these addresses that this machine has; there must be one at least. Port 0: any that is
  /// free at all of them.
  static std::expected<std::unique_ptr<TcpListener>, ErrorCode> listen(
      asio::io_context& context, std::span<const asio::ip::address> addresses, std::uint16_t port,
      Observer& observer);

  void expect(std::uint64_t rate) override;

  /// Where it listens; at least one address.
  std::vector<tcp::endpoint> addresses() const;
  tcp::endpoint address() const { return addresses().front(); }

 private:
  using Listener::Listener;

  bool can_stop_listening() const override { return true; }
  std::expected<std::uint16_t, ErrorCode> bind_one(const tcp::endpoint& endpoint);
  void set_up(StreamSocket& socket) override;
  std::string who(StreamSocket& socket, const StreamEndpoint& from) const override;
};

}  // namespace serialtcp::io
