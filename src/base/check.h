// CHECK() aborts when one of our own invariants is violated, in release builds, too. No input can reach it: a
// protocol violation of the peer is an error value, and noise on the line is counted.
#pragma once

namespace serialtcp::base {

/// Writes one line to standard error and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace serialtcp::base

#define CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::serialtcp::base::check_failed(#expression, __FILE__, __LINE__))
