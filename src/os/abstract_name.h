// Abstract unix sockets: a name that only the system knows, without a file. It is released when the socket is
// closed, however that happens.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "os/asio.h"

namespace serialtcp::io {

/// Maximum of characters of such a name.
inline constexpr std::size_t kMaxAbstractName = 107;

/// Empty if the system has no such sockets. `name` has at most kMaxAbstractName characters.
std::optional<StreamEndpoint> abstract_endpoint(std::string_view name);

}  // namespace serialtcp::io
