// A network interface whose other end is a program: what the system sends through it, the program reads, a packet at a
// time, and what the program writes, the system receives. An administrator prepares it for the user of this program, and
// gives it its addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::io {

struct TunFailure {
  enum class Kind : std::uint8_t { in_use, unusable };
  Kind kind = Kind::unusable;
  std::string text = {};  ///< completes "Could not use the interface tun0: ..."
};

/// Whether an interface can have this name; the reason if not, which completes "'x' is no name of an interface: ...".
std::expected<void, std::string> check_interface_name(std::string_view name);

/// Opens the program's end of an interface that is there. The descriptor is the caller's.
std::expected<int, TunFailure> open_tun(const std::string& name);

/// The largest packet that the system sends through it, in bytes; 0 if that cannot be found out.
std::size_t interface_mtu(const std::string& name);

/// Its addresses now, `most` of them, without the link-local ones of IPv6.
std::vector<std::string> interface_addresses(const std::string& name, std::size_t most);

/// The commands that prepare the interface for the user of this program, for a message.
std::string how_to_prepare(const std::string& name);

}  // namespace serialtcp::io
