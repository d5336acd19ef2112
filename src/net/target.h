// Where to connect or to listen: a host as the user wrote it, and a port.
#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace serialtcp::io {

/// The address families that a name is resolved in. An IP address always stands for itself.
enum class Family : std::uint8_t { ipv4, ipv6, any };

struct Target {
  std::string host;
  std::uint16_t port = 0;
  Family family = Family::any;

  bool operator==(const Target&) const = default;
};

/// "192.168.0.1:22", "[::1]:22".
inline std::string to_string(const Target& target) {
  const bool brackets = target.host.find(':') != std::string::npos;
  return brackets ? fmt::format("[{}]:{}", target.host, target.port)
                  : fmt::format("{}:{}", target.host, target.port);
}

}  // namespace serialtcp::io
