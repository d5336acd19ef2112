// Permissions: what a device may send where, decided for each packet before it leaves this process. Does no I/O.
//
// Without patterns, a device reaches everything but loopback and link-local addresses. This machine's own loopback stands
// behind the gateway's address, and is reached only by patterns that name it (localhost, 127.0.0.1, ::1). Addresses are judged
// as they are meant: ::ffff:127.0.0.1 is 127.0.0.1, and 0.0.0.0 is no host.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/wording.h"
#include "ip/packet.h"
#include "ip/source_check.h"
#include "nat/network.h"
#include "os/asio.h"
#include "service/allow_list.h"

namespace serialtcp::gateway {

struct PermissionsConfig {
  std::vector<io::AllowPattern> allow = {};
  /// The name server that the device is told of; none: the one of nat::NetworkConfig, which stands for this machine's.
  std::optional<std::uint32_t> other_name_server = {};
  bool name_server = true;  ///< whether there is one at all
  Wording wording = {};
};

/// A pattern that can be told of packets. The error completes "argument X: ...".
std::expected<io::AllowPattern, std::string> parse_pattern(std::string_view text);

class Permissions {
 public:
  Permissions(const PermissionsConfig& config, const nat::NetworkConfig& network);

  enum class Verdict : std::uint8_t {
    passes,
    refused,   ///< the device is to be told
    beyond,    ///< libslirp cannot bring it there; the device is to be told
    spoofed,   ///< its source is not the device's
    fragment,  ///< what it is part of cannot be judged
    ignored,   ///< nothing that leaves the line: multicast, broadcast
  };
  Verdict judge(const ip::Packet& packet) const;

  /// Whether a packet that passes is answered without a socket, as an echo to the gateway is.
  bool opens_nothing(const ip::Packet& packet) const;

  /// The addresses that a name of a pattern has now. `index` counts the patterns.
  void set_addresses(std::size_t index, const std::vector<io::asio::ip::address>& addresses);

  /// "everything but loopback and link-local addresses", or that there are patterns.
  std::string text() const;
  /// Whether anything of this machine's loopback is reached.
  static bool names_loopback(const std::vector<io::AllowPattern>& patterns);

 private:
  bool is_gateway(const ip::Address& address) const;
  bool is_name_server(const ip::Address& address) const;
  bool is_inside(const ip::Address& address) const;
  bool allowed(const io::asio::ip::address& address, std::optional<std::uint16_t> port) const;
  Verdict judge_link(const ip::Packet& packet) const;
  bool may_reach(const ip::Packet& packet) const;

  std::vector<io::AllowPattern> loopback_;  ///< of this machine
  /// Of others; each becomes several where a name has several addresses.
  std::vector<std::vector<io::AllowPattern>> others_;
  bool everything_;
  PermissionsConfig config_;
  nat::NetworkConfig network_;
  ip::NetworkV4 v4_;
  ip::NetworkV6 v6_;
  ip::SourceCheck sources_;
};

}  // namespace serialtcp::gateway
