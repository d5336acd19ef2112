// Names of ports where they are files in /dev.
#include <fmt/format.h>

#include <optional>

#include "os/files.h"
#include "port/line_factory.h"
#include "port/port_spelling.h"
#include "port/serial_ports.h"

namespace serialtcp::io {

std::string other_ports(const std::string& name) {
  if (!name.starts_with("/dev/") || exists(name)) return "";
  return "; the serial ports here are: " + ports_in_a_line(serial_ports());
}

std::optional<std::string> misspelt_port(const std::string& name) {
  const auto no_port = [&name](std::string_view why) {
    return fmt::format("'{}' is no serial port: {}", name, why);
  };
  if (exists(name) || name.find("://") != std::string::npos || is_other_line(name)) return std::nullopt;
  if (is_windows_port_name(name))
    return no_port("that is a name of Windows; here, the ports are " + ports_in_a_line(serial_ports()));
  if (const std::size_t comma = name.find(','); comma != std::string::npos && comma > 0) {
    const std::string port = name.substr(0, comma);
    const std::string settings = name.substr(comma + 1);
    if (are_port_settings(settings) && (exists(port) || port.starts_with("/dev/") || is_unix_port_name(port)))
      return no_port(fmt::format("the speed is a word of its own: {}{} {}",
                                 is_unix_port_name(port) ? "/dev/" : "", port,
                                 port_settings_as_words(settings)));
  }
  if (is_unix_port_name(name) || name.starts_with("dev/")) {
    const std::string device = (name.starts_with("dev/") ? "/" : "/dev/") + name;
    return no_port(fmt::format("did you mean {}?{}", device,
                               exists(device) ? ""
                                              : fmt::format(" It is not there, either; the ports are {}",
                                                            ports_in_a_line(serial_ports()))));
  }
  return std::nullopt;
}

}  // namespace serialtcp::io
