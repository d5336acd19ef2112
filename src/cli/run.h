// Runs one end of a tunnel, from the options to the exit status.
#pragma once

#include "cli/options.h"

namespace serialtcp::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitCannotOpen = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNoLink = 2;    ///< as the original's
inline constexpr int kExitSignal = 128;  ///< plus the number of the second signal

/// Returns when the program ends. Threads may still block in the C library: call _exit() then.
struct RunResult {
  int status = kExitOk;
  enum class Threads { none, hanging } threads = Threads::none;
};

RunResult run(const RunOptions& options);

}  // namespace serialtcp::cli
