// The names of ports are in the registry (DEVICEMAP\SERIALCOMM) and among the names of devices.
#include "port/serial_ports_windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "os/text.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"
#include "port/com_name_windows.h"
#include "port/port_devices_windows.h"
#include "port/serial_ports.h"

namespace serialtcp::io {

namespace {

/// Longer is not what it should be.
constexpr std::size_t kMostOfName = 256;

using NameText = std::array<wchar_t, kMostOfName>;

std::string name_in(const NameText& text) {
  return printable(narrow_text(std::wstring_view(text.data())));
}

struct Known {
  Hardware parts;
  std::string friendly;  ///< "USB Serial Port", without the name of the port
};

/// By names of ports.
std::map<std::string, Known> known_ports() {
  std::map<std::string, Known> known;
  for (PortDevice& device : port_devices(kMostPortsFound)) {
    Known port{hardware_of_instance(device.instance, device.parent), device.friendly};
    port.parts.driver = std::move(device.service);
    port.parts.maker = std::move(device.maker);
    port.parts.name = std::move(device.friendly);
    known.emplace(std::move(device.name), std::move(port));
  }
  return known;
}

/// Also of ports with other names than COM1 and so on.
std::vector<std::string> mapped_ports() {
  std::vector<std::string> names;
  HKEY key = nullptr;
  if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, LR"(HARDWARE\DEVICEMAP\SERIALCOMM)", 0, KEY_QUERY_VALUE, &key) !=
      ERROR_SUCCESS)
    return names;
  for (DWORD index = 0; names.size() < kMaxComNumber; ++index) {
    NameText value{};
    NameText data{};
    DWORD value_size = kMostOfName;
    DWORD data_size = sizeof data - sizeof(wchar_t);
    DWORD type = 0;
    const auto error = ::RegEnumValueW(key, index, value.data(), &value_size, nullptr, &type,
                                       reinterpret_cast<BYTE*>(data.data()), &data_size);
    if (error == ERROR_NO_MORE_ITEMS) break;
    if (error == ERROR_SUCCESS && type == REG_SZ) names.push_back(name_in(data));
  }
  ::RegCloseKey(key);
  return names;
}

/// "USB Serial Port, 0403:6001"
std::string in_words(const Known& port) {
  const std::string ids =
      port.parts.vendor.empty() ? "" : fmt::format("{}:{}", port.parts.vendor, port.parts.product);
  if (port.friendly.empty()) return ids.empty() ? port.parts.driver : ids;
  return ids.empty() ? port.friendly : fmt::format("{}, {}", port.friendly, ids);
}

std::string lower_hex(std::string_view text) {
  std::string result(text.substr(0, 4));
  for (char& c : result) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// What stands behind "VID_" and the like; empty if it is not there.
std::string_view behind(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + word.size());
}

/// The third part of "USB\VID_10C4&PID_EA60\0001".
std::string_view last_part(std::string_view instance) {
  const std::size_t at = instance.rfind('\\');
  return at == std::string_view::npos ? std::string_view() : instance.substr(at + 1);
}

}  // namespace

Hardware hardware_of_instance(std::string_view instance, std::string_view parent) {
  Hardware hardware;
  const std::string_view vendor = behind(instance, "VID_");
  const std::string_view product = behind(instance, "PID_");
  if (vendor.size() < 4 || product.size() < 4) return hardware;
  hardware.vendor = lower_hex(vendor);
  hardware.product = lower_hex(product);
  if (const std::string_view interface = behind(instance, "&MI_"); interface.size() >= 2)
    hardware.part = fmt::format(":{}", interface.substr(0, 2));
  // FTDI's driver has a bus of its own.
  const std::string_view ftdi = product.substr(4);
  if (ftdi.starts_with('+')) {
    hardware.serial = std::string(ftdi.substr(1, ftdi.find('\\') - 1));
    return hardware;
  }
  // Windows makes up a name with '&' for a device without a serial number, from where it is plugged in.
  const std::string_view own = last_part(hardware.part.empty() ? instance : parent);
  (own.find('&') == std::string_view::npos ? hardware.serial : hardware.location) = std::string(own);
  return hardware;
}

std::vector<PortFound> serial_ports(const std::string&) {
  std::vector<std::string> names = com_ports();
  for (std::string& name : mapped_ports()) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  const auto known = known_ports();
  std::vector<PortFound> ports;
  for (const std::string& name : names) {
    const auto found = known.find(name);
    if (found == known.end()) {
      ports.push_back({name, "", "", {}});
    } else {
      ports.push_back({name, in_words(found->second), "", found->second.parts});
    }
  }
  // COM2 before COM10.
  std::ranges::sort(ports, {}, [](const PortFound& port) { return std::pair(port.path.size(), port.path); });
  if (ports.size() > kMostPortsFound) ports.resize(kMostPortsFound);
  return ports;
}

}  // namespace serialtcp::io
