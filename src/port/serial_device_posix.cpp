// A terminal device: opened exclusively, set raw, and restored.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "os/files.h"
#include "port/descriptor_posix.h"
#include "port/device_hardware_posix.h"
#include "port/device_use.h"
#include "port/line_errors_posix.h"
#include "port/modem_lines_posix.h"
#include "port/pin_watch.h"
#include "port/port_text_posix.h"
#include "port/port_users.h"
#include "port/rs485_switch_posix.h"
#include "port/serial_device.h"
#include "port/serial_modes.h"
#include "port/serial_port.h"

namespace serialtcp::io {

namespace {

/// Noise may have been taken for an XOFF, and no XON would follow. TCOON has an effect only after TCOOFF.
void resume_output(int fd) {
  ::tcflow(fd, TCOOFF);
  ::tcflow(fd, TCOON);
}

/// The number of the device, without opening it, which would change its pins.
std::expected<dev_t, OpenError> device_at(const std::string& name) {
  struct stat info {};
  if (::stat(name.c_str(), &info) != 0) return std::unexpected(port_open_error(name, errno));
  if (S_ISDIR(info.st_mode))
    return std::unexpected(OpenError{OpenError::Kind::unusable, "it is a directory, not a serial port"});
  if (!S_ISCHR(info.st_mode)) return std::unexpected(port_open_error(ENOTTY));
  return info.st_rdev;
}

std::expected<void, OpenError> look_at_path(const std::string& name) {
  const auto device = device_at(name);
  if (!device) return std::unexpected(device.error());
  if (carries_nothing(*device)) return std::unexpected(port_open_error(ENOTTY));
  if (::access(name.c_str(), R_OK | W_OK) != 0) return std::unexpected(port_open_error(name, errno));
  return {};
}

class TerminalDevice final : public SerialDevice {
 public:
  TerminalDevice(asio::io_context& context, const std::string& name, Observer& observer, Purpose purpose)
      : name_(name),
        observer_(observer),
        purpose_(purpose),
        descriptor_(context),
        users_(name),
        pin_watch_(context) {}

  std::expected<Opened, OpenError> open(const SerialSettings& settings) override;
  void close() override;
  bool is_open() const override { return descriptor_.is_open(); }

  LineResult read(MutableByteView into) override { return descriptor_.read(into); }
  LineResult write(ByteView bytes) override { return descriptor_.write(bytes); }
  void when_readable(Line::Ready ready) override { descriptor_.when_readable(std::move(ready)); }
  void when_writable(Line::Ready ready) override { descriptor_.when_writable(std::move(ready)); }
  std::size_t unsent() const override { return descriptor_.unsent(); }
  bool is_hardware() const override;
  std::string adapter() const override;

  std::optional<SerialSettings> change(const SerialSettings& wanted) override;
  std::optional<std::uint32_t> set_speed(std::uint32_t baud) override;
  std::optional<std::string> restore_settings(const SerialSettings& settings) override;
  std::string rs485_in_words() const override { return rs485_.text(); }
  std::string hardware_in_words() const override;

  void set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) override {
    change_modem_pins(fd(), dtr, rts);
  }
  std::optional<ModemLines> modem_lines() const override { return modem_lines_of(fd()); }
  void watch_pins(std::function<void()> changed) override { pin_watch_.start(fd(), std::move(changed)); }
  void ignore_pins() override { pin_watch_.stop(); }
  bool notices_pins() const override { return pin_watch_.notices(); }
  void set_break(LineControls::Break wanted) override {
    ::ioctl(fd(), wanted == LineControls::Break::on ? TIOCSBRK : TIOCCBRK);
  }
  std::optional<LineErrors> errors() const override { return line_errors_of(fd()); }
  void drop_unsent() override { ::tcflush(fd(), TCOFLUSH); }
  bool has_no_line() const override;

 private:
  int fd() const { return descriptor_.fd(); }
  std::expected<void, OpenError> open_exclusively(dev_t device, const SerialSettings& settings);
  std::expected<void, OpenError> set_up(int fd, const SerialSettings& settings);
  std::expected<void, OpenError> set_up_bare(int fd);
  std::expected<void, OpenError> lock(int fd);
  OpenError busy_or_other(int error, dev_t device, int own);
  std::vector<std::string> changed_pins(const SerialSettings& settings) const;
  std::optional<dev_t> device() const;

  std::string name_;
  Observer& observer_;
  Purpose purpose_;
  Descriptor descriptor_;
  std::optional<std::uint32_t> speed_;  ///< that the driver has chosen; empty: it has no settings
  PortUsers users_;
  Rs485Switch rs485_;
  PinWatch pin_watch_;
  SavedModes saved_;
  SavedModes applied_;  ///< the settings of the device, as the driver reported them
};

// ---- Opening ----

std::expected<SerialDevice::Opened, OpenError> TerminalDevice::open(const SerialSettings& settings) {
  const auto device = device_at(name_);
  if (!device) return std::unexpected(device.error());
  if (carries_nothing(*device)) return std::unexpected(port_open_error(ENOTTY));

  // Before it is opened, which would change its pins.
  if (auto claimed = users_.claim(); !claimed) return std::unexpected(std::move(claimed.error()));
  if (auto done = open_exclusively(*device, settings); !done) {
    users_.release();
    return std::unexpected(std::move(done.error()));
  }
  return Opened{speed_, users_.warnings()};
}

std::expected<void, OpenError> TerminalDevice::open_exclusively(dev_t device,
                                                                const SerialSettings& settings) {
  speed_.reset();
  const int fd = ::open(name_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return std::unexpected(busy_or_other(errno, device, -1));
  auto done = set_up(fd, settings);
  if (!done) {
    ::close(fd);
    return done;
  }
  // A pty stays "exclusive" after its user was killed, as long as another process holds it; flock does not.
  if (!is_pty(device) && speed_) ::ioctl(fd, TIOCEXCL);
  descriptor_.adopt(fd);
  return {};
}

/// Why open() or flock() failed.
OpenError TerminalDevice::busy_or_other(int error, dev_t device, int own) {
  if (error != EBUSY && error != EWOULDBLOCK) return port_open_error(name_, error);
  if (opened_here(device, own))
    return {OpenError::Kind::unusable,
            "another link or shared port of this program uses it: each needs a device of its own"};
  return users_.busy();
}

std::expected<void, OpenError> TerminalDevice::lock(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  const int error = errno;
  struct stat info {};
  ::fstat(fd, &info);
  return std::unexpected(busy_or_other(error, info.st_rdev, fd));
}

/// The speed and the like cannot be set, and need not be.
std::expected<void, OpenError> TerminalDevice::set_up_bare(int fd) {
  if (auto locked = lock(fd); !locked) return locked;
  pollfd device{fd, POLLIN | POLLOUT, 0};
  if (::poll(&device, 1, 0) > 0 && (device.revents & POLLHUP) != 0) {
    return std::unexpected(
        OpenError{OpenError::Kind::missing, "no program has opened its other side: is it the right port?"});
  }
  return {};
}

std::expected<void, OpenError> TerminalDevice::set_up(int fd, const SerialSettings& settings) {
  auto saved = save_modes(fd);
  if (!saved && saved.error() == ENOTTY) return set_up_bare(fd);
  if (!saved) return std::unexpected(port_open_error(saved.error()));
  if (auto locked = lock(fd); !locked) return locked;
  if (auto done = rs485_.set(fd, name_, settings.rs485, observer_); !done) return done;
  saved_ = *saved;
  if (purpose_ == Purpose::shared && modem_lines_of(fd))
    keep_pins(saved_);  // also when it is put back: close() would pulse them
  const auto chosen = apply_modes(fd, saved_, settings);
  if (!chosen) {
    rs485_.restore(fd);
    return std::unexpected(port_open_error(chosen.error()));
  }
  if (auto applied = save_modes(fd)) applied_ = *applied;
  speed_ = *chosen;
  change_modem_pins(fd, settings.dtr, settings.rts);
  ask_for_low_latency(fd, saved_);
  ::tcflush(fd, TCIFLUSH);  // what arrived before was not meant for us
  return {};
}

void TerminalDevice::close() {
  pin_watch_.stop();
  if (speed_) {
    // Else the kernel may delay close() for 30 s to send what is queued.
    ::tcflush(fd(), TCOFLUSH);
    restore_modes(fd(), saved_);
    rs485_.restore(fd());
    ::ioctl(fd(), TIOCNXCL);
  }
  descriptor_.close();
  users_.release();
}

// ---- What it is ----

/// Of one that is no pty.
std::optional<dev_t> TerminalDevice::device() const {
  struct stat info {};
  if (::fstat(fd(), &info) != 0 || is_pty(info.st_rdev)) return std::nullopt;
  return info.st_rdev;
}

bool TerminalDevice::is_hardware() const {
  const auto own = device();
  return own && is_hardware_port(*own);
}

std::string TerminalDevice::adapter() const {
  const auto own = device();
  return own ? adapter_text(*own) : "";
}

std::string TerminalDevice::hardware_in_words() const {
  const auto own = device();
  return own ? hardware_text(*own) : "";
}

bool TerminalDevice::has_no_line() const {
  struct stat info {};
  return ::fstat(fd(), &info) == 0 && is_pty(info.st_rdev);
}

// ---- Settings ----

std::optional<SerialSettings> TerminalDevice::change(const SerialSettings& wanted) {
  if (!apply_modes(fd(), saved_, wanted)) return std::nullopt;
  const auto found = settings_in_force(fd());
  if (!found) return std::nullopt;
  SerialSettings now = wanted;
  now.baud = found->baud;
  struct stat info {};
  // A pty carries bytes of any size, and its kernel forgets what it was told of size and parity.
  if (::fstat(fd(), &info) != 0 || !is_pty(info.st_rdev)) {
    now.data_bits = found->data_bits;
    now.parity = found->parity;
  }
  const bool longer = now.stop_bits != StopBits::one;
  if (longer != (found->stop_bits != StopBits::one)) now.stop_bits = found->stop_bits;
  now.flow_control = found->flow_control;
  now.inbound_flow = found->inbound_flow;
  if (auto applied = save_modes(fd())) applied_ = *applied;
  pin_watch_.renew();
  return now;
}

std::optional<std::uint32_t> TerminalDevice::set_speed(std::uint32_t baud) {
  const auto chosen = change_speed(fd(), baud);
  if (!chosen) return std::nullopt;
  if (auto applied = save_modes(fd())) applied_ = *applied;
  return *chosen;
}

std::vector<std::string> TerminalDevice::changed_pins(const SerialSettings& settings) const {
  int pins = 0;
  std::vector<std::string> changes;
  // A pty has no pins, and reports an error.
  if ((!settings.rts && !settings.dtr) || ::ioctl(fd(), TIOCMGET, &pins) != 0) return changes;
  const auto compare = [&](const std::optional<Pin>& wanted, int pin, const char* name) {
    if (!wanted || (*wanted == Pin::high) == ((pins & pin) != 0)) return;
    changes.push_back(fmt::format("{} {}", name, *wanted == Pin::high ? "low" : "high"));
  };
  // With RTS/CTS the driver changes RTS itself.
  if (settings.flow_control != FlowControl::rts_cts) compare(settings.rts, TIOCM_RTS, "RTS");
  compare(settings.dtr, TIOCM_DTR, "DTR");
  return changes;
}

std::optional<std::string> TerminalDevice::restore_settings(const SerialSettings& settings) {
  const auto found = save_modes(fd());
  if (!found) return {};
  if (settings.flow_control == FlowControl::xon_xoff) resume_output(fd());
  std::vector<std::string> changes = changed_modes(applied_, *found);
  const bool done = changes.empty() || set_modes(fd(), applied_);
  const std::vector<std::string> pins = changed_pins(settings);
  if (!pins.empty()) change_modem_pins(fd(), settings.dtr, settings.rts);
  changes.insert(changes.end(), pins.begin(), pins.end());
  if (auto rs485 = rs485_.set_again(fd())) changes.push_back(std::move(*rs485));
  if (changes.empty()) return {};
  return fmt::format("WARNING: another program has changed the settings of {}: {}; {}", name_,
                     fmt::join(changes, ", "),
                     done ? "they are set again. End that program (fuser -v shows which one it is)"
                          : "they cannot be set again: end that program and start this one anew");
}

}  // namespace

std::unique_ptr<SerialDevice> make_serial_device(asio::io_context& context, const std::string& name,
                                                 Observer& observer, SerialDevice::Purpose purpose) {
  return std::make_unique<TerminalDevice>(context, name, observer, purpose);
}

constinit const LineKind kSerialPortKind = {
    .prefix = "",
    .form = "device",
    .make = &SerialPort::make,
    .look = &look_at_path,
    .exclusive = [](const std::string& name) -> std::optional<std::string> { return normal_path(name); },
    .advice = kCableAdvice,
};

}  // namespace serialtcp::io
