// ftdi_sio and others have latency_timer in the directory of the USB serial port, below that of the tty; for type see
// ABI/testing/sysfs-tty of Linux.
#include "port/latency_timer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "os/file_text.h"
#include "os/files.h"
#include "os/whole_number.h"

namespace serialtcp::io {

namespace {

/// Longer is not what it should be.
constexpr std::size_t kMostOfAttribute = 20;

/// That of the tty in sysfs.
std::string folder_of_tty(const std::string& path, const std::string& root) {
  const std::string device = real_path(root + path);
  return fmt::format("{}/sys/class/tty/{}", root, file_name(device));
}

std::optional<unsigned> number_in(const std::string& file) {
  const std::string text = file_text(file, kMostOfAttribute);
  std::string_view rest = text;
  return whole_number<unsigned>(take_word(rest));
}

std::string timer_file(const std::string& path, const std::string& root) {
  return folder_of_tty(path, root) + "/device/latency_timer";
}

}  // namespace

std::optional<unsigned> latency_timer(const std::string& path, const std::string& root) {
  return number_in(timer_file(path, root));
}

std::error_code set_latency_timer(const std::string& path, unsigned milliseconds, const std::string& root) {
  const int fd = ::open(timer_file(path, root).c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return {errno, std::system_category()};
  const std::string text = fmt::format("{}\n", milliseconds);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = written ? 0 : errno;
  ::close(fd);
  return {error, std::system_category()};
}

/// The numbers are those of PORT_* in linux/serial_core.h.
std::string uart_chip(const std::string& path, const std::string& root) {
  static constexpr std::array<std::string_view, 15> kChips = {
      "",      "8250", "16450",  "16550", "16550A", "",    "16650",   "16650V2",
      "16750", "",     "16C950", "16654", "16850",  "RSA", "NS16550A"};
  const auto type = number_in(folder_of_tty(path, root) + "/type");
  return type && *type < kChips.size() ? std::string(kChips[*type]) : "";
}

std::string_view latency_setter() {
  return "as root";
}

std::string_view latency_advice() {
  return "run this test as root, or have a udev rule set ATTR{latency_timer}=\"1\"";
}

std::string_view latency_lasts() {
  return "until the adapter is unplugged";
}

}  // namespace serialtcp::io
