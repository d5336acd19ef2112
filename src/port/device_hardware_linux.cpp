// sysfs: sysfs(5), and Documentation/ABI/testing/sysfs-bus-usb of Linux.
#include "port/device_hardware_posix.h"

#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "os/file_text.h"
#include "os/files.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// A USB device has the tty at most so many levels below itself: interface, port, and those of newer kernels.
constexpr int kMostLevels = 6;
/// Longer is not what it should be.
constexpr std::size_t kMostText = 40;

std::string first_word(const std::string& file) {
  const std::string text = file_text(file, kMostText);
  std::string_view rest = text;
  return std::string(take_word(rest));
}

/// A device says this itself, so it may be anything.
std::string first_line(const std::string& file) {
  const std::string text = file_text(file, kMostText);
  std::string_view rest = text;
  return rest.empty() ? "" : printable(take_line(rest));
}

/// Since 6.5, ports of UARTs are devices of a bus of their own; what drives the hardware is above them.
bool is_of_serial_bus(const std::string& driver) {
  return driver == "port" || driver == "ctrl" || driver == "serial-base" || driver == "serial-port";
}

std::string directory_of(dev_t device) {
  return fmt::format("/sys/dev/char/{}:{}", major(device), minor(device));
}

}  // namespace

Hardware hardware_at(const std::string& directory) {
  Hardware hardware;
  std::string level = real_path(directory + "/device");
  if (level.empty()) return hardware;
  const std::string port = first_word(level + "/port_number");
  for (int i = 0; i < kMostLevels && level != "/"; ++i) {
    const std::string name(file_name(link_target(level + "/driver")).substr(0, kMostText));
    const std::string_view interface = file_name(level);
    if (const std::size_t colon = interface.find(':'); colon != std::string_view::npos)
      hardware.part = printable(interface.substr(colon, kMostText));
    if (hardware.driver.empty() && !is_of_serial_bus(name)) hardware.driver = name;
    hardware.vendor = first_word(level + "/idVendor");
    hardware.product = first_word(level + "/idProduct");
    if (!hardware.vendor.empty() && !hardware.product.empty()) {
      hardware.maker = first_line(level + "/manufacturer");
      hardware.name = first_line(level + "/product");
      hardware.serial = first_line(level + "/serial");
      hardware.location = printable(file_name(level).substr(0, kMostText));
      if (!port.empty()) hardware.part += "." + printable(port);
      return hardware;
    }
    level = folder_of(level);
  }
  hardware.vendor.clear();
  hardware.product.clear();
  hardware.part.clear();
  return hardware;
}

std::string hardware_text(dev_t device) {
  return hardware_text(hardware_at(directory_of(device)));
}

std::string adapter_text(dev_t device) {
  return adapter_text(hardware_at(directory_of(device)));
}

bool is_hardware_port(const std::string& directory, std::string_view consoles) {
  if (hardware_at(directory).driver.empty()) return false;
  const std::string path = real_path(directory);
  for (std::string_view word = take_word(consoles); !word.empty(); word = take_word(consoles)) {
    if (word == file_name(path)) return false;
  }
  return true;
}

bool is_hardware_port(dev_t device) {
  constexpr std::size_t kMostConsoles = 1024;
  return is_hardware_port(directory_of(device), file_text("/sys/class/tty/console/active", kMostConsoles));
}

/// Ptys have no directory there. A kind that is not in this list may be one that nobody has heard of yet.
bool carries_nothing(dev_t device) {
  static constexpr std::array<std::string_view, 16> kOthers = {
      "mem", "misc",        "input",    "block",  "drm",   "sound", "rtc",  "watchdog",
      "vc",  "video4linux", "graphics", "hidraw", "cpuid", "msr",   "vfio", "nvme"};
  constexpr unsigned kMemory = 1;  // /dev/null and its like, also where there is no sysfs
  if (major(device) == kMemory) return true;
  const std::string subsystem = link_target(directory_of(device) + "/subsystem");
  return std::ranges::find(kOthers, file_name(subsystem)) != kOthers.end();
}

}  // namespace serialtcp::io
