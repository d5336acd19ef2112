// getenv(3).
#include "os/environment.h"

#include <cstdlib>

namespace serialtcp::io {

std::optional<std::string> environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace serialtcp::io
