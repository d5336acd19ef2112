#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace serialtcp::base {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "serialtcp: internal error at %s:%d: %s. Please report this line.\n", file, line,
               expression);
  std::abort();
}

}  // namespace serialtcp::base
