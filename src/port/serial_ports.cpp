#include "port/serial_ports.h"

#include <fmt/format.h>

namespace serialtcp::io {

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

}  // namespace serialtcp::io
