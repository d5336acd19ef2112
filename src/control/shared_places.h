// Where a process that shares a serial port lets clients in, as its status tells.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "control/client.h"

namespace serialtcp::control {

struct SharedPlaces {
  std::string device;               ///< as the user of that process wrote it
  std::vector<std::string> places;  ///< "127.0.0.1:4000 (raw)", "unix:/run/x.sock (raw)"
};

/// Of each port that the process shares, 64 at most; none of a process that shares nothing. Waits.
inline constexpr std::size_t kMostSharedPorts = 64;
std::expected<std::vector<SharedPlaces>, Failure> ask_for_shared_places(Client& client);

}  // namespace serialtcp::control
