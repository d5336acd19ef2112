// What a stream of serialtcp connect goes to, for messages.
#pragma once

#include <string>

#include "service/stream_requests.h"

namespace serialtcp::cli {

/// "192.168.0.1:22", "'web'", "the service without a name".
std::string stream_text(const io::StreamRequests::Wanted& wanted);

}  // namespace serialtcp::cli
