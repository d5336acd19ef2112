// Where the control socket is to be, as the user says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace serialtcp::cli {

struct ControlChoice {
  /// Of a process without either, it is in the folder for such sockets (control/place.h).
  enum class Use : std::uint8_t { by_default, at_path, none } use = Use::by_default;
  std::string path = {};

  bool operator==(const ControlChoice&) const = default;
};

}  // namespace serialtcp::cli
