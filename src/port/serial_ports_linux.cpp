// sysfs knows all ttys; udev(7) makes the names in /dev/serial/by-id.
#include "port/serial_ports.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "os/file_text.h"
#include "os/files.h"
#include "port/device_hardware_posix.h"

namespace serialtcp::io {

namespace {

/// Names that are looked at, of a folder. A machine has some hundreds of ttys.
constexpr std::size_t kMostEntries = 4096;

/// The names that stay the same, by that of the device: "ttyUSB0".
std::map<std::string, std::string> names_by_id(const std::string& root) {
  std::map<std::string, std::string> names;
  const std::string folder = "/dev/serial/by-id/";
  for_each_name(root + folder, kMostEntries, [&](const std::string& name) {
    const std::string to = link_target(root + folder + name);
    if (!to.empty()) names.emplace(file_name(to), folder + name);
  });
  return names;
}

/// The driver of UARTs makes devices for addresses where there may be none: those have type 0.
bool is_real(const std::string& tty) {
  if (!exists(tty + "/device")) return false;
  constexpr std::size_t kMostOfType = 20;
  const std::string text = file_text(tty + "/type", kMostOfType);
  std::string_view rest = text;
  return take_word(rest) != "0";
}

}  // namespace

std::vector<PortFound> serial_ports(const std::string& root) {
  const auto by_id = names_by_id(root);
  std::vector<PortFound> ports;
  const std::string folder = root + "/sys/class/tty/";
  for_each_name(folder, kMostEntries, [&](const std::string& name) {
    if (!is_real(folder + name) || !exists(root + "/dev/" + name)) return;
    const auto found = by_id.find(name);
    Hardware hardware = hardware_at(folder + name);
    std::string text = hardware_text(hardware);
    ports.push_back(
        {"/dev/" + name, std::move(text), found == by_id.end() ? "" : found->second, std::move(hardware)});
  });
  // ttyUSB2 before ttyUSB10.
  std::ranges::sort(ports, {}, [](const PortFound& port) { return std::pair(port.path.size(), port.path); });
  if (ports.size() > kMostPortsFound) ports.resize(kMostPortsFound);
  return ports;
}

}  // namespace serialtcp::io
