// CHECK(): our own invariants, on in release builds too. Never reachable from input: a peer's nonsense is an
// error value, a wire's noise is counted.
#pragma once

namespace serialtcp::base {

/// Writes one line to standard error and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace serialtcp::base

#define CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::serialtcp::base::check_failed(#expression, __FILE__, __LINE__))
