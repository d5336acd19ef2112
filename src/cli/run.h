// Runs one end of a tunnel from the command line's values to the exit status.
#pragma once

#include "cli/options.h"

namespace serialtcp::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitCannotOpen = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNoLink = 2;    ///< as the original's
inline constexpr int kExitSignal = 128;  ///< plus the number of the second signal

/// Returns when the program is to end. May leave threads behind that hang in the C library: end with _exit()
/// then.
struct RunResult {
  int status = kExitOk;
  enum class Threads { none, hanging } threads = Threads::none;
};

RunResult run(const RunOptions& options);

}  // namespace serialtcp::cli
