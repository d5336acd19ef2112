// Whether a serial port is in use, before it is opened.
#pragma once

#include <cstdint>
#include <string>

namespace serialtcp::io {

/// By whom.
enum class PortUse : std::uint8_t { by_others, by_anybody };

/// By another program, or also by another link of this process.
bool is_port_in_use(const std::string& name, PortUse use);

}  // namespace serialtcp::io
