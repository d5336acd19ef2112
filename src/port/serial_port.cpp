// Opening a serial device exclusively, and restoring it.
#include "port/serial_port.h"

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
#include "port/device_hardware.h"
#include "port/device_use.h"
#include "port/port_text.h"
#include "port/serial_text.h"

namespace serialtcp::io {

namespace {

/// Those that somebody has chosen: "a speed of 9600, parity and RTS/CTS are"; empty if none.
std::string settings_in_words(const SerialSettings& settings) {
  const SerialSettings usual;
  std::vector<std::string> words;
  if (settings.baud != usual.baud) words.push_back(fmt::format("a speed of {}", settings.baud));
  if (settings.parity != usual.parity) words.emplace_back("parity");
  if (settings.stop_bits != usual.stop_bits) words.emplace_back("stop bits");
  if (settings.flow_control != usual.flow_control) words.emplace_back("flow control");
  if (settings.rts || settings.dtr) words.emplace_back("RTS or DTR");
  if (settings.rs485) words.emplace_back("RS-485");
  if (words.empty()) return "";
  const bool one = words.size() == 1;
  std::string last = std::move(words.back());
  words.pop_back();
  return fmt::format("{}{}{} {}", fmt::join(words, ", "), one ? "" : " and ", last, one ? "is" : "are");
}

/// Noise may have been taken for an XOFF, and no XON would follow. TCOON has an effect only after TCOOFF.
void resume_output(int fd) {
  ::tcflow(fd, TCOOFF);
  ::tcflow(fd, TCOON);
}

}  // namespace

SerialPort::SerialPort(asio::io_context& context, std::string path, const SerialSettings& settings,
                       Observer& observer, Purpose purpose)
    : DescriptorLine(context, std::move(path)),
      settings_(settings),
      observer_(observer),
      purpose_(purpose),
      users_(this->name()),
      pin_watch_(context) {}

SerialPort::~SerialPort() {
  SerialPort::close();
}

namespace {

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

}  // namespace

constinit const LineKind kSerialPortKind = {
    .prefix = "",
    .form = "device",
    .make = [](const LineRequest& request) -> std::expected<std::unique_ptr<Line>, std::string> {
      return std::make_unique<SerialPort>(request.context, request.name, request.settings, request.observer,
                                          SerialPort::purpose_of(request.use));
    },
    .look = &look_at_path,
    .exclusive = [](const std::string& name) -> std::optional<std::string> { return normal_path(name); },
    .advice = kCableAdvice,
};

void SerialPort::open(Opened opened) {
  opened(open_device());
}

std::expected<void, OpenError> SerialPort::open_device() {
  const auto device = device_at(name());
  if (!device) return std::unexpected(device.error());
  if (carries_nothing(*device)) return std::unexpected(port_open_error(ENOTTY));

  // Before it is opened, which would change its pins.
  if (auto claimed = users_.claim(); !claimed) return claimed;
  auto done = open_exclusively(*device);
  if (!done) users_.release();
  for (const std::string& warning : done ? users_.warnings() : std::vector<std::string>())
    observer_.note(warning);
  return done;
}

std::expected<void, OpenError> SerialPort::open_exclusively(dev_t device) {
  bare_ = false;
  const int fd = ::open(name().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return std::unexpected(busy_or_other(errno, device, -1));
  auto done = set_up(fd);
  if (!done) {
    ::close(fd);
    return done;
  }
  // A pty stays "exclusive" after its user was killed, as long as another process holds it; flock does not.
  if (!is_pty(device) && !bare_) ::ioctl(fd, TIOCEXCL);
  adopt(fd);
  return {};
}

/// Why open() or flock() failed.
OpenError SerialPort::busy_or_other(int error, dev_t device, int own) {
  if (error != EBUSY && error != EWOULDBLOCK) return port_open_error(name(), error);
  if (opened_here(device, own))
    return {OpenError::Kind::unusable,
            "another link or shared port of this program uses it: each needs a device of its own"};
  return users_.busy();
}

std::expected<void, OpenError> SerialPort::lock(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  const int error = errno;
  struct stat info {};
  ::fstat(fd, &info);
  return std::unexpected(busy_or_other(error, info.st_rdev, fd));
}

/// The speed and the like cannot be set, and need not be.
std::expected<void, OpenError> SerialPort::set_up_bare(int fd) {
  if (auto locked = lock(fd); !locked) return locked;
  pollfd device{fd, POLLIN | POLLOUT, 0};
  if (::poll(&device, 1, 0) > 0 && (device.revents & POLLHUP) != 0) {
    return std::unexpected(
        OpenError{OpenError::Kind::missing, "no program has opened its other side: is it the right port?"});
  }
  bare_ = true;
  if (const std::string useless = settings_in_words(settings_);
      !std::exchange(useless_told_, true) && !useless.empty()) {
    observer_.note(fmt::format("WARNING: {} is not a serial port and has no such settings: {} without effect",
                               name(), useless));
  }
  return {};
}

std::expected<void, OpenError> SerialPort::set_up(int fd) {
  auto saved = save_modes(fd);
  if (!saved && saved.error() == ENOTTY) return set_up_bare(fd);
  if (!saved) return std::unexpected(port_open_error(saved.error()));
  if (auto locked = lock(fd); !locked) return locked;
  if (auto done = rs485_.set(fd, name(), settings_.rs485, observer_); !done) return done;
  saved_ = *saved;
  const bool shared = purpose_ == Purpose::shared;
  if (shared && modem_lines_of(fd)) keep_pins(saved_);  // also when it is put back: close() would pulse them
  const auto chosen = apply_modes(fd, saved_, settings_);
  if (!chosen) {
    rs485_.restore(fd);
    return std::unexpected(port_open_error(chosen.error()));
  }
  if (auto applied = save_modes(fd)) applied_ = *applied;
  speed_ = *chosen;
  check_speed(speed_);
  if (settings_.flow_control == FlowControl::xon_xoff && !shared) observer_.note(xon_xoff_note(name()));
  set_pins(fd);
  ask_for_low_latency(fd, saved_);
  ::tcflush(fd, TCIFLUSH);  // what arrived before was not meant for us
  return {};
}

void SerialPort::check_speed(std::uint32_t chosen) {
  if (is_another_speed(chosen, settings_.baud))
    observer_.note(another_speed_warning(name(), settings_.baud, chosen));
}

std::string SerialPort::opened_as() const {
  if (bare_) return "as it is: it has no speed and no other settings";
  const auto own = device();
  const std::string hardware = own ? hardware_text(*own) : "";
  const std::string rs485 = rs485_.text();
  return fmt::format("at {}{}{}", settings_text(speed_, settings_), rs485.empty() ? "" : ", " + rs485,
                     hardware.empty() ? "" : fmt::format(" ({})", hardware));
}

void SerialPort::set_pins(int fd) const {
  change_modem_pins(fd, settings_.dtr, settings_.rts);
}

// ---- A port that is shared ----

/// Returns what the device has then.
std::expected<SerialSettings, int> SerialPort::try_settings(const SerialSettings& wanted) {
  if (const auto chosen = apply_modes(descriptor(), saved_, wanted); !chosen)
    return std::unexpected(chosen.error());
  const auto found = settings_in_force(descriptor());
  if (!found) return found;
  SerialSettings now = wanted;
  now.baud = found->baud;
  struct stat info {};
  // A pty carries bytes of any size, and its kernel forgets what it was told of size and parity.
  if (::fstat(descriptor(), &info) != 0 || !is_pty(info.st_rdev)) {
    now.data_bits = found->data_bits;
    now.parity = found->parity;
  }
  const bool longer = now.stop_bits != StopBits::one;
  if (longer != (found->stop_bits != StopBits::one)) now.stop_bits = found->stop_bits;
  now.flow_control = found->flow_control;
  now.inbound_flow = found->inbound_flow;
  return now;
}

void SerialPort::change(const SerialSettings& wanted) {
  SerialSettings next = wanted;
  next.dtr = settings_.dtr;
  next.rts = settings_.rts;
  next.rs485 = settings_.rs485;
  if (!is_open() || bare_) {
    settings_ = next;
    return;
  }
  auto now = try_settings(next);
  if (!now || is_another_speed(now->baud, next.baud)) {
    observer_.note(fmt::format("WARNING: {} was asked for {} baud and {}: it stays at {}", name(), next.baud,
                               now ? fmt::format("its driver chose {}", now->baud) : "refused this",
                               settings_.baud));
    now = try_settings(settings_);
  }
  if (!now) return;  // it is gone; read() reports this
  settings_ = *now;
  speed_ = now->baud;
  if (auto applied = save_modes(descriptor())) applied_ = *applied;
  pin_watch_.renew();
}

/// Of one that is open and no pty.
std::optional<dev_t> SerialPort::device() const {
  struct stat info {};
  if (!is_open() || ::fstat(descriptor(), &info) != 0 || is_pty(info.st_rdev)) return std::nullopt;
  return info.st_rdev;
}

bool SerialPort::is_hardware() const {
  const auto own = device();
  return own && !bare_ && is_hardware_port(*own);
}

std::string SerialPort::adapter() const {
  const auto own = device();
  const std::string text = own ? adapter_text(*own) : "";
  return text.empty() ? name() : text;
}

void SerialPort::set_speed(std::uint32_t baud, SpeedSet done) {
  if (!is_open() || bare_) return done(std::unexpected("it has no speed"));
  const auto chosen = change_speed(descriptor(), baud);
  if (!chosen) return done(std::unexpected("its driver refuses this"));
  speed_ = *chosen;
  if (auto applied = save_modes(descriptor())) applied_ = *applied;
  done(speed_);
}

void SerialPort::set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) {
  if (dtr) settings_.dtr = dtr;
  if (rts) settings_.rts = rts;
  if (is_open()) change_modem_pins(descriptor(), dtr, rts);
}

std::optional<ModemLines> SerialPort::modem_lines() const {
  return is_open() ? modem_lines_of(descriptor()) : std::nullopt;
}

void SerialPort::watch_pins(std::function<void()> changed) {
  if (modem_lines()) pin_watch_.start(descriptor(), std::move(changed));
}

void SerialPort::set_break(Break wanted) {
  if (is_open()) ::ioctl(descriptor(), wanted == Break::on ? TIOCSBRK : TIOCCBRK);
}

Duration SerialPort::last_bytes() const {
  return Duration(std::chrono::seconds(kFifo)) / static_cast<std::int64_t>(nominal_rate(settings_));
}

bool SerialPort::holds_sender_back() const {
  if (bare_ || settings_.inbound_flow.value_or(settings_.flow_control) != FlowControl::none) return true;
  struct stat info {};
  return is_open() && ::fstat(descriptor(), &info) == 0 && is_pty(info.st_rdev);
}

void SerialPort::drop_unsent() {
  if (is_open()) ::tcflush(descriptor(), TCOFLUSH);
}

std::optional<LineErrors> SerialPort::errors() const {
  return is_open() ? line_errors_of(descriptor()) : std::nullopt;
}

std::vector<std::string> SerialPort::changed_pins() const {
  int pins = 0;
  std::vector<std::string> changes;
  // A pty has no pins, and reports an error.
  if ((!settings_.rts && !settings_.dtr) || ::ioctl(descriptor(), TIOCMGET, &pins) != 0) return changes;
  const auto compare = [&](const std::optional<Pin>& wanted, int pin, const char* name) {
    if (!wanted || (*wanted == Pin::high) == ((pins & pin) != 0)) return;
    changes.push_back(fmt::format("{} {}", name, *wanted == Pin::high ? "low" : "high"));
  };
  // With RTS/CTS the driver changes RTS itself.
  if (settings_.flow_control != FlowControl::rts_cts) compare(settings_.rts, TIOCM_RTS, "RTS");
  compare(settings_.dtr, TIOCM_DTR, "DTR");
  return changes;
}

std::optional<std::string> SerialPort::restore_settings() {
  if (!is_open() || bare_) return {};
  const auto found = save_modes(descriptor());
  if (!found) return {};
  if (settings_.flow_control == FlowControl::xon_xoff) resume_output(descriptor());
  std::vector<std::string> changes = changed_modes(applied_, *found);
  const bool done = changes.empty() || set_modes(descriptor(), applied_);
  const std::vector<std::string> pins = changed_pins();
  if (!pins.empty()) set_pins(descriptor());
  changes.insert(changes.end(), pins.begin(), pins.end());
  if (auto rs485 = rs485_.set_again(descriptor())) changes.push_back(std::move(*rs485));
  if (changes.empty()) return {};
  return fmt::format("WARNING: another program has changed the settings of {}: {}; {}", name(),
                     fmt::join(changes, ", "),
                     done ? "they are set again. End that program (fuser -v shows which one it is)"
                          : "they cannot be set again: end that program and start this one anew");
}

LineResult SerialPort::read(MutableByteView into) {
  LineResult result = DescriptorLine::read(into);
  if (result.status != LineStatus::gone) return result;
  // With other settings, 0 bytes need not mean the end.
  if (const auto changed = restore_settings()) {
    observer_.note(*changed);
    return {LineStatus::would_block};
  }
  return result;
}

void SerialPort::close() {
  if (!is_open()) return;
  pin_watch_.stop();
  if (!bare_) {
    // Else the kernel may delay close() for 30 s to send what is queued.
    ::tcflush(descriptor(), TCOFLUSH);
    restore_modes(descriptor(), saved_);
    rs485_.restore(descriptor());
    ::ioctl(descriptor(), TIOCNXCL);
  }
  DescriptorLine::close();
  users_.release();
}

}  // namespace serialtcp::io
