// Opening a serial device exclusively, and leaving it as it was.
#include "io/serial_port.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "io/error_text.h"

namespace serialtcp::io {

namespace {

/// Further off than this, a receiver samples the last bits of a byte in the wrong place.
constexpr double kToleratedSpeedError = 0.02;

/// Major numbers of pty slaves (Documentation/admin-guide/devices.txt of Linux).
constexpr unsigned kFirstPtyMajor = 136;
constexpr unsigned kLastPtyMajor = 143;

bool is_pty(const struct stat& info) {
  return major(info.st_rdev) >= kFirstPtyMajor && major(info.st_rdev) <= kLastPtyMajor;
}

}  // namespace

SerialPort::SerialPort(asio::io_context& context, std::string path, const SerialSettings& settings,
                       Observer& observer)
    : path_(std::move(path)), settings_(settings), observer_(observer), descriptor_(context) {}

SerialPort::~SerialPort() {
  SerialPort::close();
}

void SerialPort::open(Opened opened) {
  opened(open_device());
}

std::expected<void, OpenError> SerialPort::open_device() {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) return std::unexpected(port_open_error(errno));
  if (S_ISDIR(info.st_mode))
    return std::unexpected(OpenError{OpenError::Kind::unusable, "it is a directory, not a serial port"});
  if (!S_ISCHR(info.st_mode)) return std::unexpected(port_open_error(ENOTTY));

  const int fd = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return std::unexpected(port_open_error(errno));
  auto done = set_up(fd);
  if (!done) {
    ::close(fd);
    return done;
  }
  // A pty stays "exclusive" after its user was killed, as long as somebody else holds it; flock does not.
  if (!is_pty(info)) ::ioctl(fd, TIOCEXCL);
  descriptor_.adopt(fd);
  return {};
}

std::expected<void, OpenError> SerialPort::set_up(int fd) {
  auto saved = save_modes(fd);
  if (!saved) return std::unexpected(port_open_error(saved.error()));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return std::unexpected(port_open_error(errno));
  saved_ = *saved;
  const auto chosen = apply_modes(fd, saved_, settings_);
  if (!chosen) return std::unexpected(port_open_error(chosen.error()));
  check_speed(*chosen);
  set_pins(fd);
  ask_for_low_latency(fd, saved_);
  ::tcflush(fd, TCIFLUSH);  // what came before us was not meant for us
  return {};
}

void SerialPort::check_speed(std::uint32_t chosen) {
  const double error = (static_cast<double>(chosen) - settings_.baud) / settings_.baud;
  if (error <= kToleratedSpeedError && error >= -kToleratedSpeedError) return;
  observer_.note(
      fmt::format("WARNING: {} cannot do {} baud, its driver chose {}: use a speed that both ends can do",
                  path_, settings_.baud, chosen));
}

void SerialPort::set_pins(int fd) const {
  int on = 0;
  int off = 0;
  if (settings_.rts) (*settings_.rts == Pin::high ? on : off) |= TIOCM_RTS;
  if (settings_.dtr) (*settings_.dtr == Pin::high ? on : off) |= TIOCM_DTR;
  // A pty has no such pins and says so; there is nothing that the user could do about it.
  if (on != 0) ::ioctl(fd, TIOCMBIS, &on);
  if (off != 0) ::ioctl(fd, TIOCMBIC, &off);
}

std::size_t SerialPort::unsent() const {
  int count = 0;
  if (!descriptor_.is_open() || ::ioctl(descriptor_.fd(), TIOCOUTQ, &count) != 0 || count < 0) return 0;
  return static_cast<std::size_t>(count);
}

void SerialPort::close() {
  if (!descriptor_.is_open()) return;
  const int fd = descriptor_.fd();
  ::tcflush(fd, TCOFLUSH);  // otherwise the kernel may hold close() up for 30 s to send what is queued
  restore_modes(fd, saved_);
  ::ioctl(fd, TIOCNXCL);
  descriptor_.close();
}

}  // namespace serialtcp::io
