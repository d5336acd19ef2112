// Variables of the environment.
#pragma once

#include <optional>
#include <string>

namespace serialtcp::io {

/// The variable's value, which may be empty; nothing if it is not set.
std::optional<std::string> environment_variable(const char* name);

/// Where an empty variable means the same as none.
inline std::string environment_text(const char* name) {
  return environment_variable(name).value_or("");
}

}  // namespace serialtcp::io
