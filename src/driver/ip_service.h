// The service by number whose streams carry IP packets (docs/protocol.md, "IP packets"), which also has a name.
#pragma once

#include <string>

#include "serialtcp/service.h"

namespace serialtcp {

namespace services {
inline constexpr ServiceId kIp{7};
}

namespace io {

/// The name by which Connections::offer() knows what such streams are opened to: no service name has a colon.
inline std::string ip_offer(const std::string& service) {
  return "ip:" + service;
}

}  // namespace io
}  // namespace serialtcp
