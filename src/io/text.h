// Numbers and bytes as people read them.
#pragma once

#include <cstdint>
#include <string>

#include "serialtcp/bytes.h"

namespace serialtcp::io {

/// "0 B", "999 B", "1.2 kB", "34 MB".
std::string format_size(std::uint64_t bytes);

/// "'web' " in front of what is told of a connection of this service; nothing for the default one.
std::string service_label(const std::string& service);

}  // namespace serialtcp::io
