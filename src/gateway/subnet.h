// Which IPv4 network a device is in, and who has which address in it. Does no I/O but asking for the addresses of this machine.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "gateway/wording.h"
#include "ip/source_check.h"
#include "nat/network.h"

namespace serialtcp::gateway {

/// "10.0.2.0/24", with a prefix of 8 to 28 bits; private addresses (RFC 1918, RFC 6598). The error completes "argument X: ...".
std::expected<ip::NetworkV4, std::string> parse_subnet(const std::string& text);

/// "10.0.2.0/24"
std::string to_string(const ip::NetworkV4& subnet);
/// "10.0.2.15"
std::string ipv4_text(std::uint32_t address);

/// The networks that this machine is in, but those of loopback.
std::vector<ip::NetworkV4> own_subnets();

struct SubnetChoice {
  ip::NetworkV4 subnet;
  std::string remark = {};  ///< a sentence for the log; empty: none
};
/// 10.0.2.0/24, or another one if this machine is in a network that has addresses of it. What the user has asked for is taken
/// in any case, with a remark.
SubnetChoice choose_subnet(const std::optional<ip::NetworkV4>& wanted, const std::vector<ip::NetworkV4>& own,
                           const Wording& wording = {});

/// The gateway is the second address, the name server the third, the device the fifteenth (of 16 addresses the fourteenth).
nat::NetworkConfig addresses_in(const ip::NetworkV4& subnet);

}  // namespace serialtcp::gateway
