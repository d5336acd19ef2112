// What a stream of serialtcp connect or serialtcp shell goes to, for messages.
#pragma once

#include <string>

#include "service/stream_requests.h"

namespace serialtcp::cli {

/// "192.168.0.1:22", "'web'", "the service without a name".
std::string stream_text(const io::StreamRequests::Wanted& wanted);

/// A program at the other end (serialtcp shell).
io::StreamRequests::Wanted session_wanted();
/// The console of the other end (serialtcp console).
io::StreamRequests::Wanted console_wanted();

}  // namespace serialtcp::cli
