#include "share/share_config.h"

#include <fmt/format.h>

namespace serialtcp::share {

std::string_view protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::raw:
      return "raw";
    case Protocol::telnet:
      return "telnet";
    case Protocol::rfc2217:
      return "rfc2217";
    case Protocol::pty:
      return "pty";
  }
  return "";
}

std::string to_string(const Place& place) {
  if (const auto* const path = std::get_if<std::string>(&place.where))
    return (place.kind == Place::Kind::pty ? "pty:" : "unix:") + *path;
  return io::to_string(std::get<io::Target>(place.where));
}

}  // namespace serialtcp::share
