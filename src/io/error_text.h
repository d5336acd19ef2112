// The system's error numbers as sentences' ends that a user can act on.
#pragma once

#include <string>

#include "serialtcp/event.h"

namespace serialtcp::io {

/// Completes "Could not open serial port X: ...".
std::string port_open_text(int error);

/// Completes "lost X: ...".
std::string line_lost_text(int error);

/// Completes "could not listen on X: ...".
std::string listen_text(int error);

/// Any other: the C library's words, without capital letter.
std::string plain_text(int error);

/// What a failed connect() is to the peer.
ResetReason connect_reason(int error);

enum class Shortage { none, descriptors, memory };

/// Whether an error says that this process or machine has run out of something, and of what.
Shortage shortage(int error);

}  // namespace serialtcp::io
