// sysfs: sysfs(5), and Documentation/ABI/testing/sysfs-bus-usb of Linux.
#include "port/device_hardware.h"

#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace serialtcp::io {

namespace {

namespace fs = std::filesystem;

/// A USB device has the tty at most so many levels below itself: interface, port, and those of newer kernels.
constexpr int kMostLevels = 6;
/// Longer is not what it should be.
constexpr std::size_t kMostText = 40;

std::string first_word(const fs::path& file) {
  std::ifstream stream(file);
  std::string word;
  stream >> word;
  return word.substr(0, kMostText);
}

/// Since 6.5, ports of UARTs are devices of a bus of their own; what drives the hardware is above them.
bool is_of_serial_bus(const std::string& driver) {
  return driver == "port" || driver == "ctrl" || driver == "serial-base" || driver == "serial-port";
}

}  // namespace

std::string hardware_text_at(const std::string& directory) {
  std::error_code error;
  fs::path level = fs::canonical(fs::path(directory) / "device", error);
  if (error) return "";
  std::string driver;
  std::string ids;
  for (int i = 0; i < kMostLevels && ids.empty() && level.has_relative_path(); ++i) {
    const fs::path link = fs::read_symlink(level / "driver", error);
    const std::string name = error ? "" : link.filename().string().substr(0, kMostText);
    if (driver.empty() && !is_of_serial_bus(name)) driver = name;
    const std::string vendor = first_word(level / "idVendor");
    const std::string product = first_word(level / "idProduct");
    if (!vendor.empty() && !product.empty()) ids = fmt::format("{}:{}", vendor, product);
    level = level.parent_path();
  }
  if (ids.empty()) return driver;
  return driver.empty() ? ids : fmt::format("{}, {}", driver, ids);
}

std::string hardware_text(dev_t device) {
  return hardware_text_at(fmt::format("/sys/dev/char/{}:{}", major(device), minor(device)));
}

/// Ptys have no directory there. A kind that is not in this list may be one that nobody has heard of yet.
bool carries_nothing(dev_t device) {
  static constexpr std::array<std::string_view, 16> kOthers = {
      "mem", "misc",        "input",    "block",  "drm",   "sound", "rtc",  "watchdog",
      "vc",  "video4linux", "graphics", "hidraw", "cpuid", "msr",   "vfio", "nvme"};
  constexpr unsigned kMemory = 1;  // /dev/null and its like, also where there is no sysfs
  if (major(device) == kMemory) return true;
  std::error_code error;
  const fs::path subsystem =
      fs::read_symlink(fmt::format("/sys/dev/char/{}:{}/subsystem", major(device), minor(device)), error);
  return !error && std::ranges::find(kOthers, subsystem.filename().string()) != kOthers.end();
}

}  // namespace serialtcp::io
