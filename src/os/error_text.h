// The system's error numbers as sentences' ends that a user can act on.
#pragma once

#include <string>
#include <string_view>

#include "serialtcp/event.h"

namespace serialtcp::io {

/// What helps when there are no file descriptors left.
inline constexpr std::string_view kMoreDescriptors = "raise the limit with ulimit -n";

/// "no file descriptor is free: raise ..."
std::string no_descriptors_text();

/// Completes "could not listen on X: ...".
std::string listen_text(int error);

/// Completes "Could not listen on unix:X: ...".
std::string unix_listen_text(int error);

/// Any other: the C library's words, without capital letter.
std::string plain_text(int error);

/// What a failed bind() or listen() is to the peer that asked for it.
ResetReason listen_reason(int error);

/// What a failed connect() is to the peer.
ResetReason connect_reason(int error);

enum class Shortage { none, descriptors, memory };

/// Whether an error says that this process or machine has run out of something, and of what.
Shortage shortage(int error);

}  // namespace serialtcp::io
