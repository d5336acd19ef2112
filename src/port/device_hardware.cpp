#include "port/device_hardware.h"

#include <fmt/format.h>

namespace serialtcp::io {

std::string hardware_text(const Hardware& hardware) {
  if (hardware.vendor.empty()) return hardware.driver;
  const std::string ids = fmt::format("{}:{}", hardware.vendor, hardware.product);
  return hardware.driver.empty() ? ids : fmt::format("{}, {}", hardware.driver, ids);
}

std::string adapter_text(const Hardware& hardware) {
  if (hardware.vendor.empty()) return "";
  return fmt::format("usb {}:{} {} {}{}", hardware.vendor, hardware.product,
                     hardware.serial.empty() ? "at" : "serial",
                     hardware.serial.empty() ? hardware.location : hardware.serial, hardware.part);
}

}  // namespace serialtcp::io
