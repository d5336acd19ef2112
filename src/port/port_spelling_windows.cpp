// Names of ports where they are COM1 and so on.
#include <fmt/format.h>

#include <optional>

#include "port/com_name_windows.h"
#include "port/line_factory.h"
#include "port/port_spelling.h"
#include "port/serial_ports.h"

namespace serialtcp::io {

namespace {

/// "COM3:", as Windows' own programs write it.
std::string without_colon(const std::string& name) {
  return name.ends_with(':') ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

std::string other_ports(const std::string& name) {
  if (!is_windows_port_name(name) || is_device_there(com_path(name))) return "";
  return "; the serial ports here are: " + ports_in_a_line(serial_ports());
}

std::optional<std::string> misspelt_port(const std::string& name) {
  const auto no_port = [&name](std::string_view why) {
    return fmt::format("'{}' is no serial port: {}", name, why);
  };
  if (name.find("://") != std::string::npos || is_other_line(name)) return std::nullopt;
  if (name.starts_with("/dev/") || is_unix_port_name(name))
    return no_port("that is a name of Linux; here, the ports are " + ports_in_a_line(serial_ports()));
  if (const std::size_t comma = name.find(','); comma != std::string::npos && comma > 0) {
    const std::string port = without_colon(name.substr(0, comma));
    const std::string settings = name.substr(comma + 1);
    if (are_port_settings(settings) && is_windows_port_name(port))
      return no_port(
          fmt::format("the speed is a word of its own: {} {}", port, port_settings_as_words(settings)));
  }
  if (is_windows_port_name(name) && name.ends_with(':'))
    return no_port(fmt::format("did you mean {}?", without_colon(name)));
  if (is_windows_port_name(name) && com_path(name) == name && !name.starts_with('\\'))
    return no_port(fmt::format("they are COM1 to COM{}", kMaxComNumber));
  return std::nullopt;
}

}  // namespace serialtcp::io
