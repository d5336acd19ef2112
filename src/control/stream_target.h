// The target of a stream that a client of the control socket, or `serialtcp connect`, names.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "net/target.h"

namespace serialtcp::control {

/// "HOST:PORT", IPv6 in brackets or, as ssh writes %h:%p, without. The error is a sentence.
std::expected<io::Target, std::string> parse_stream_target(std::string_view text);

}  // namespace serialtcp::control
