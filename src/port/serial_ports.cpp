#include "port/serial_ports.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>

#include "os/files.h"
#include "port/line_factory.h"

namespace serialtcp::io {

namespace {

bool are_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// "COM3", "COM3:", "\\.\COM12".
bool is_windows_name(std::string_view name) {
  std::string text = lower(name);
  if (text.starts_with("\\\\.\\")) text.erase(0, 4);
  if (text.ends_with(':')) text.pop_back();
  return text.starts_with("com") && are_digits(std::string_view(text).substr(3));
}

/// "ttyUSB0", without a folder.
bool is_device_name(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kBeginnings = {"tty", "cu", "rfcomm", "serial"};
  if (name.find('/') != std::string_view::npos || name.empty() || !are_digits(name.substr(name.size() - 1)))
    return false;
  return std::ranges::any_of(kBeginnings,
                             [name](std::string_view beginning) { return name.starts_with(beginning); });
}

/// What serial port software elsewhere takes behind a comma: "9600", "9600,8n1", "b9600", "115200n8".
bool are_settings(std::string_view text) {
  if (text.starts_with('b')) text.remove_prefix(1);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits < 2) return false;  // 50 baud is the least
  return digits == text.size() ||
         std::string_view(",nNeEoOsSmM8").find(text[digits]) != std::string_view::npos;
}

}  // namespace

std::string ports_in_a_line(const std::vector<PortFound>& ports) {
  std::string text;
  for (const PortFound& port : ports) {
    if (!text.empty()) text += ", ";
    text += port.hardware.empty() ? port.path : fmt::format("{} ({})", port.path, port.hardware);
  }
  return text.empty() ? "none" : text;
}

std::string ports_in_lines(const std::vector<PortFound>& ports) {
  std::string text;
  for (const PortFound& port : ports) {
    text += "  " + port.path;
    if (!port.hardware.empty()) text += fmt::format("  ({})", port.hardware);
    if (!port.by_id.empty()) text += fmt::format("\n    = {}", port.by_id);
    text += '\n';
  }
  return text;
}

std::string other_ports(const std::string& name) {
  if (!name.starts_with("/dev/") || exists(name)) return "";
  return "; the serial ports here are: " + ports_in_a_line(serial_ports());
}

std::optional<std::string> misspelt_port(const std::string& name) {
  const auto no_port = [&name](std::string_view why) {
    return fmt::format("'{}' is no serial port: {}", name, why);
  };
  if (exists(name) || name.find("://") != std::string::npos || is_other_line(name)) return std::nullopt;
  if (is_windows_name(name))
    return no_port("that is a name of Windows; here, the ports are " + ports_in_a_line(serial_ports()));
  if (const std::size_t comma = name.find(','); comma != std::string::npos && comma > 0) {
    const std::string port = name.substr(0, comma);
    const std::string settings = name.substr(comma + 1);
    if (are_settings(settings) && (exists(port) || port.starts_with("/dev/") || is_device_name(port))) {
      const std::size_t end = std::min(settings.find_first_not_of("0123456789"), settings.size());
      const std::string device = is_device_name(port) ? "/dev/" + port : port;
      return no_port(fmt::format("the speed is a word of its own: {} {}{}", device,
                                 end == 0 ? settings.substr(1) : settings.substr(0, end),
                                 end == settings.size() || end == 0 ? "" : " (see --parity and --stopbits)"));
    }
  }
  if (is_device_name(name) || name.starts_with("dev/")) {
    const std::string device = (name.starts_with("dev/") ? "/" : "/dev/") + name;
    return no_port(fmt::format("did you mean {}?{}", device,
                               exists(device) ? ""
                                              : fmt::format(" It is not there, either; the ports are {}",
                                                            ports_in_a_line(serial_ports()))));
  }
  return std::nullopt;
}

}  // namespace serialtcp::io
