// How messages call whoever has the network, and the options that would change what they say.
#pragma once

#include <string>

namespace serialtcp::gateway {

struct Wording {
  std::string device = "the device";
  std::string allow = "--allow";
  std::string net = "--net";
};

}  // namespace serialtcp::gateway
