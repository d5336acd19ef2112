// Network: what a device reaches: the network of this machine as any program of an ordinary user does, by libslirp, without
// root and without an interface of the kernel. IP packets go in and come out. Nothing here decides what is allowed: who
// passes packets on does (gateway/permissions), and who has a socket (kMostSockets) only here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "os/asio.h"
#include "serialtcp/bytes.h"

namespace serialtcp::nat {

/// All IPv4 addresses are in host order.
struct NetworkConfig {
  std::uint32_t network = 0x0A000200;  ///< 10.0.2.0
  unsigned prefix = 24;
  std::uint32_t gateway = 0x0A000202;
  std::uint32_t device = 0x0A00020F;
  std::uint32_t name_server = 0x0A000203;
  /// Whether what is sent to the gateway goes to this machine's loopback.
  bool loopback = false;
  bool ipv6 = true;
  /// The first 64 bits of the device's IPv6 addresses; the gateway is ::2 there. Of unique local addresses (RFC 4193).
  std::uint64_t ipv6_prefix = 0xFD73'6572'6961'6C00;
  std::size_t mtu = 1500;  ///< largest packet to the device, 68 to 9000
};

/// Of the gateway and of the name server, behind the prefix.
inline constexpr std::uint64_t kGatewayId = 2;
inline constexpr std::uint64_t kNameServerId = 3;

/// Where packets for the device go.
class NetworkUser {
 public:
  virtual ~NetworkUser() = default;
  /// One IP packet for the device; the view is not kept. Called from the loop and from Network::input().
  virtual void packet_for_device(ByteView packet) = 0;
};

class Network {
 public:
  /// Sockets that are open for the device at the same time. What needs one more is dropped, and tried again by the device.
  static constexpr std::size_t kMostSockets = 256;

  Network() = default;
  virtual ~Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// The error is a sentence. All references outlive the network.
  static std::expected<std::unique_ptr<Network>, std::string> make(io::asio::io_context& context,
                                                                   const NetworkConfig& config,
                                                                   NetworkUser& user);
  /// Empty if this program can make networks; else a sentence that says why not.
  static std::string missing();
  /// The version of libslirp; empty if this program has none.
  static std::string library_version();

  /// One whole IP packet from the device, with a header that is in order.
  virtual void input(ByteView packet) = 0;
  /// A port of this machine's loopback from which connections go to a TCP port of this address; or why there is none.
  virtual std::expected<std::uint16_t, std::string> entrance(std::uint32_t device, std::uint16_t port) = 0;
  /// Nobody connects any more to what entrance() returned. Connections that have come in by it stay.
  virtual void close_entrance(std::uint16_t entrance) = 0;
  /// Asks for a router advertisement (RFC 4861) to the device, from which it learns its IPv6 addresses. `interface_id` is that
  /// of its link-local address.
  virtual void solicit_router(std::uint64_t interface_id) = 0;
  /// Open for the device now.
  virtual std::size_t sockets() const = 0;
};

}  // namespace serialtcp::nat
