// Why a stream was not opened, or did not get what it was for, for the log.
#pragma once

#include <string>
#include <string_view>

#include "serialtcp/endpoint.h"
#include "serialtcp/event.h"

namespace serialtcp::io {

/// Why a stream could not be opened.
std::string_view open_failure(StreamError error);

/// What it means to this end that the other one reset what it was asked for; `option` is the one that allows
/// it.
std::string request_failure(ResetReason reason, const std::string& option);

}  // namespace serialtcp::io
