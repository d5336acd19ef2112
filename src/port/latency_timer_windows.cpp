// The driver of FTDI has it as a parameter in the registry.
#include "port/com_name_windows.h"
#include "port/latency_timer.h"
#include "port/port_devices_windows.h"
#include "port/serial_ports.h"

namespace serialtcp::io {

std::optional<unsigned> latency_timer(const std::string& path, const std::string&) {
  for (const PortDevice& device : port_devices(kMostPortsFound)) {
    if (com_path(device.name) == com_path(path)) return device.latency;
  }
  return std::nullopt;
}

std::error_code set_latency_timer(const std::string& path, unsigned milliseconds, const std::string&) {
  for (const PortDevice& device : port_devices(kMostPortsFound)) {
    if (com_path(device.name) != com_path(path)) continue;
    const auto done = set_latency_of_port(device.name, milliseconds);
    if (!done) return {static_cast<int>(done.error()), std::system_category()};
    return {};
  }
  return std::make_error_code(std::errc::no_such_device);
}

/// Windows does not say it.
std::string uart_chip(const std::string&, const std::string&) {
  return "";
}

std::string_view latency_setter() {
  return "as an administrator";
}

std::string_view latency_advice() {
  return "run this test as an administrator, or set it in the device manager: port settings, advanced";
}

std::string_view latency_lasts() {
  return "from when the adapter is plugged in again";
}

}  // namespace serialtcp::io
