// The signals that ask a program of this kind to end.
#pragma once

#include <span>

namespace serialtcp::io {

/// SIGINT is the first: whoever has typed Ctrl-C waits for the end. The others need not be waited for.
std::span<const int> ending_signals();

}  // namespace serialtcp::io
