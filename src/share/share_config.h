// What is shared, and with whom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/target.h"
#include "port/serial_settings.h"
#include "share/writers.h"

namespace serialtcp::share {

/// What clients of a place speak.
enum class Protocol : std::uint8_t {
  raw,      ///< the bytes of the port, and nothing else
  telnet,   ///< RFC 854
  rfc2217,  ///< the same, and the client may set the port
};

std::string_view protocol_name(Protocol protocol);

/// Where clients connect.
struct Place {
  Protocol protocol = Protocol::raw;
  /// A TCP address, or the path of a unix socket.
  std::variant<io::Target, std::string> where = io::Target{};

  bool operator==(const Place&) const = default;
};

std::string to_string(const Place& place);

struct ShareConfig {
  static constexpr std::size_t kUsualClients = 16;
  static constexpr std::size_t kMostClients = 256;
  static constexpr std::size_t kMostPlaces = 16;

  std::string device = {};
  io::SerialSettings serial = {};
  std::vector<Place> places = {};
  Writing writing = Writing::one;
  std::size_t most_clients = kUsualClients;
  std::string banner = {};  ///< a line that each client gets first; empty: none

  bool operator==(const ShareConfig&) const = default;
};

}  // namespace serialtcp::share
