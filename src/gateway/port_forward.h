// PortForward: a place where this machine listens (-L), whose connections go to a TCP port of the device.
#pragma once

#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "gateway/relay.h"
#include "net/front_end.h"
#include "net/target.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"

namespace serialtcp::gateway {

/// -L [BIND_ADDRESS:]PORT:HOST:PORT, where HOST is the device.
struct ForwardWish {
  io::Target listen = {};
  std::uint16_t port = 0;  ///< of the device

  bool operator==(const ForwardWish&) const = default;
};

class PortForward {
 public:
  /// Connections at the same time; those that come then wait.
  static constexpr std::size_t kMostConnections = 64;
  /// Where the device can be reached now: a port of this machine's loopback; or why it cannot.
  using Entrance = std::function<std::expected<std::uint16_t, std::string>(std::uint16_t port)>;

  /// Listens at once. `name` is of the line, for the log. The error is a sentence.
  static std::expected<std::unique_ptr<PortForward>, std::string> listen(io::asio::io_context& context,
                                                                         const ForwardWish& wish,
                                                                         const std::string& name,
                                                                         io::Observer& observer,
                                                                         Entrance entrance);
  ~PortForward();
  PortForward(const PortForward&) = delete;
  PortForward& operator=(const PortForward&) = delete;

  /// "127.0.0.1:8080 (port 80 of the device)"
  std::string text() const;
  std::size_t connections() const { return relays_.size(); }

 private:
  PortForward(io::asio::io_context& context, const ForwardWish& wish, std::string name,
              io::Observer& observer, Entrance entrance);

  void accepted(io::StreamSocket client, const std::string& from);
  void enter(std::shared_ptr<io::StreamSocket> client, std::uint16_t entrance);
  void forget_ended();

  io::asio::io_context& context_;
  const ForwardWish wish_;
  const std::string name_;
  io::Observer& observer_;
  Entrance entrance_;
  std::unique_ptr<io::FrontEnd> listener_;
  std::vector<std::string> places_;
  std::list<std::weak_ptr<Relay>> relays_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::gateway
