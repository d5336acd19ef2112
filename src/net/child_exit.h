// The exit of a child process, as a descriptor that the loop can wait for.
#pragma once

#include <sys/types.h>

#include <expected>

namespace serialtcp::io {

/// A new descriptor that is readable once the child `pid` has exited. The caller owns it; it is closed at
/// exec. The error is an errno.
std::expected<int, int> exit_descriptor(pid_t pid);

}  // namespace serialtcp::io
