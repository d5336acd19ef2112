// A child process that ends, as a descriptor that the loop can wait for.
#pragma once

#include <sys/types.h>

#include <expected>

namespace serialtcp::io {

/// A new descriptor, readable once the child `pid` has exited; it is the caller's, and closed at exec. The error is
/// an errno.
std::expected<int, int> exit_descriptor(pid_t pid);

}  // namespace serialtcp::io
