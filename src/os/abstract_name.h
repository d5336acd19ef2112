// Abstract unix sockets: a name that only the system knows, without a file. It is free again when the socket is closed,
// however that happens.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "os/asio.h"

namespace serialtcp::io {

/// Characters that such a name may have at most.
inline constexpr std::size_t kMaxAbstractName = 107;

/// Nothing where the system has no such sockets. `name` has at most kMaxAbstractName characters.
std::optional<StreamEndpoint> abstract_endpoint(std::string_view name);

}  // namespace serialtcp::io
