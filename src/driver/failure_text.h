// Why a stream was not opened, or its request was refused, for the log.
#pragma once

#include <string>
#include <string_view>

#include "serialtcp/endpoint.h"
#include "serialtcp/event.h"

namespace serialtcp::io {

/// Why a stream could not be opened.
std::string_view open_failure(StreamError error);

/// Why the other end has refused a request by a reset; `option` is the option there that allows it.
std::string request_failure(ResetReason reason, const std::string& option);

}  // namespace serialtcp::io
