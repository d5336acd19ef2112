// sysfs knows all ttys; udev(7) makes the names in /dev/serial/by-id.
#include "port/serial_ports.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "os/file_text.h"
#include "port/device_hardware.h"

namespace serialtcp::io {

namespace {

namespace fs = std::filesystem;

/// Names that are looked at, of a folder. A machine has some hundreds of ttys.
constexpr int kMostEntries = 4096;

template <typename Each>
void for_each_entry(const std::string& folder, Each each) {
  std::error_code error;
  int count = 0;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end && count < kMostEntries;
       entry.increment(error), ++count)
    each(*entry);
}

/// The names that stay the same, by that of the device: "ttyUSB0".
std::map<std::string, std::string> names_by_id(const std::string& root) {
  std::map<std::string, std::string> names;
  for_each_entry(root + "/dev/serial/by-id", [&](const fs::directory_entry& entry) {
    std::error_code error;
    const fs::path to = fs::read_symlink(entry.path(), error);
    if (!error)
      names.emplace(to.filename().string(), "/dev/serial/by-id/" + entry.path().filename().string());
  });
  return names;
}

/// The driver of UARTs makes devices for addresses where there may be none: those have type 0.
bool is_real(const fs::path& tty) {
  std::error_code error;
  if (!fs::exists(tty / "device", error)) return false;
  constexpr std::size_t kMostOfType = 20;
  const std::string text = file_text(tty / "type", kMostOfType);
  std::string_view rest = text;
  return take_word(rest) != "0";
}

}  // namespace

std::vector<PortFound> serial_ports(const std::string& root) {
  const auto by_id = names_by_id(root);
  std::vector<PortFound> ports;
  for_each_entry(root + "/sys/class/tty", [&](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    std::error_code error;
    if (!is_real(entry.path()) || !fs::exists(root + "/dev/" + name, error)) return;
    const auto found = by_id.find(name);
    Hardware hardware = hardware_at(entry.path().string());
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
