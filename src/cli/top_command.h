// `serialtcp top`: a full-screen view of running processes.
#pragma once

#include <span>

namespace serialtcp::cli {

/// Returns the exit status.
int top_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
