// Addresses as the C library of this system reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "os/asio.h"

namespace serialtcp::io {

/// An IPv4 address in any spelling that needs no name server: 127.1, 0x7f000001. All of the text must belong to it.
std::optional<asio::ip::address_v4> system_address_v4(const std::string& text);

/// The number of an interface of this machine; 0 if none has that name.
std::uint32_t interface_number(const std::string& name);

}  // namespace serialtcp::io
