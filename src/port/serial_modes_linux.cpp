// TCGETS2 and TCSETS2 (ioctl_tty(2)), which support any baud rate, and TIOCSSERIAL. Their headers cannot be
// included together with <termios.h>. qemu-user, which runs a board's program elsewhere, has only TCGETS and TCSETS.
#include "port/serial_modes.h"

#include <asm/termbits.h>
#include <fmt/format.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace serialtcp::io {

static_assert(sizeof(termios2) <= sizeof(SavedModes::termios));

namespace {

struct Speed {
  tcflag_t code;
  speed_t baud;
};
/// Those that TCSETS has.
constexpr Speed kSpeeds[] = {
    {B50, 50},           {B75, 75},           {B110, 110},         {B150, 150},         {B200, 200},
    {B300, 300},         {B600, 600},         {B1800, 1800},       {B500000, 500000},   {B576000, 576000},
    {B1152000, 1152000}, {B2500000, 2500000}, {B3500000, 3500000}, {B4000000, 4000000}, {B1200, 1200},
    {B2400, 2400},       {B4800, 4800},       {B9600, 9600},       {B19200, 19200},     {B38400, 38400},
    {B57600, 57600},     {B115200, 115200},   {B230400, 230400},   {B460800, 460800},   {B921600, 921600},
    {B1000000, 1000000}, {B1500000, 1500000}, {B2000000, 2000000}, {B3000000, 3000000}};

/// Copies what both have.
template <typename From, typename To>
void copy_modes(const From& from, To& to) {
  to.c_iflag = from.c_iflag;
  to.c_oflag = from.c_oflag;
  to.c_cflag = from.c_cflag;
  to.c_lflag = from.c_lflag;
  to.c_line = from.c_line;
  std::ranges::copy(from.c_cc, std::begin(to.c_cc));
}

/// Of qemu-user, and of kernels whose ports have only the old calls.
bool is_unknown_call(int error) {
  return error == ENOSYS || error == ENOTTY;
}

/// 0, or the error.
int get_modes(int fd, termios2& modes) {
  if (::ioctl(fd, TCGETS2, &modes) == 0) return 0;
  termios old{};
  if (!is_unknown_call(errno) || ::ioctl(fd, TCGETS, &old) != 0) return errno;
  copy_modes(old, modes);
  const auto speed = std::ranges::find(kSpeeds, old.c_cflag & CBAUD, &Speed::code);
  modes.c_ispeed = modes.c_ospeed = speed != std::end(kSpeeds) ? speed->baud : 0;
  modes.c_cflag |= BOTHER | (BOTHER << IBSHIFT);
  return 0;
}

/// 0, or the error.
int set_modes_now(int fd, const termios2& modes) {
  if (::ioctl(fd, TCSETS2, &modes) == 0) return 0;
  if (!is_unknown_call(errno)) return errno;
  const auto speed = std::ranges::find(kSpeeds, modes.c_ospeed, &Speed::baud);
  if (speed == std::end(kSpeeds)) return EINVAL;
  termios old{};
  copy_modes(modes, old);
  old.c_cflag = (old.c_cflag & ~static_cast<tcflag_t>(CBAUD | (CBAUD << IBSHIFT))) | speed->code;
  return ::ioctl(fd, TCSETS, &old) == 0 ? 0 : errno;
}

}  // namespace

std::expected<SavedModes, int> save_modes(int fd) {
  termios2 modes{};
  if (const int error = get_modes(fd, modes)) return std::unexpected(error);
  SavedModes saved;
  std::memcpy(saved.termios.data(), &modes, sizeof modes);
  return saved;
}

namespace {

constexpr tcflag_t kFlow = IXON | IXOFF | IXANY;
constexpr cc_t kXon = 0x11;
constexpr cc_t kXoff = 0x13;

tcflag_t parity_flags(Parity parity) {
  switch (parity) {
    case Parity::none:
      return 0;
    case Parity::even:
      return PARENB;
    case Parity::odd:
      return PARENB | PARODD;
    case Parity::space:
      return PARENB | CMSPAR;
    case Parity::mark:
      return PARENB | PARODD | CMSPAR;
  }
  return 0;
}

/// By a code where there is one, as other programs (stty) expect it.
tcflag_t speed_flags(std::uint32_t baud) {
  const auto* const speed = std::ranges::find(kSpeeds, baud, &Speed::baud);
  return speed != std::end(kSpeeds) ? speed->code : tcflag_t{BOTHER | (BOTHER << IBSHIFT)};
}

Parity parity_of(tcflag_t flags) {
  if ((flags & PARENB) == 0) return Parity::none;
  const bool odd = (flags & PARODD) != 0;
  if ((flags & CMSPAR) != 0) return odd ? Parity::mark : Parity::space;
  return odd ? Parity::odd : Parity::even;
}

struct Size {
  std::uint8_t bits;
  tcflag_t flag;
};
constexpr Size kSizes[] = {{5, CS5}, {6, CS6}, {7, CS7}, {8, CS8}};

tcflag_t size_flag(std::uint8_t bits) {
  const auto* const size = std::ranges::find(kSizes, bits, &Size::bits);
  return size != std::end(kSizes) ? size->flag : tcflag_t{CS8};
}

}  // namespace

namespace {

/// Speed, parity, stop bits and flow control, whose flags are clear so far.
void set_line(termios2& modes, const SerialSettings& settings) {
  modes.c_cflag |= speed_flags(settings.baud) | parity_flags(settings.parity);
  // Linux supports one stop bit and two; two are right for a receiver that expects one and a half.
  if (settings.stop_bits != StopBits::one) modes.c_cflag |= CSTOPB;
  if (settings.flow_control == FlowControl::rts_cts) modes.c_cflag |= CRTSCTS;
  if (settings.flow_control == FlowControl::xon_xoff)
    modes.c_iflag |= IXON;  // not IXANY: data would undo an XOFF
  if (settings.inbound_flow.value_or(settings.flow_control) == FlowControl::xon_xoff) modes.c_iflag |= IXOFF;
  if ((modes.c_iflag & (IXON | IXOFF)) != 0) {
    modes.c_cc[VSTART] = kXon;
    modes.c_cc[VSTOP] = kXoff;
  }
  modes.c_ispeed = settings.baud;
  modes.c_ospeed = settings.baud;
}

/// But for size and parity.
SerialSettings settings_of(const termios2& modes) {
  SerialSettings now;
  now.baud = modes.c_ospeed;
  now.stop_bits = (modes.c_cflag & CSTOPB) != 0 ? StopBits::two : StopBits::one;
  const FlowControl inbound = (modes.c_iflag & IXOFF) != 0 ? FlowControl::xon_xoff : FlowControl::none;
  now.flow_control = (modes.c_cflag & CRTSCTS) != 0 ? FlowControl::rts_cts
                     : (modes.c_iflag & IXON) != 0  ? FlowControl::xon_xoff
                                                    : FlowControl::none;
  const bool hardware = now.flow_control == FlowControl::rts_cts;
  if (hardware ? inbound == FlowControl::xon_xoff : inbound != now.flow_control) now.inbound_flow = inbound;
  return now;
}

}  // namespace

std::expected<SerialSettings, int> settings_in_force(int fd) {
  termios2 modes{};
  if (const int error = get_modes(fd, modes)) return std::unexpected(error);
  SerialSettings now = settings_of(modes);
  now.data_bits = std::ranges::find(kSizes, modes.c_cflag & CSIZE, &Size::flag)->bits;
  now.parity = parity_of(modes.c_cflag);
  return now;
}

std::expected<SerialSettings, int> pty_settings(int master) {
  termios2 modes{};
  if (const int error = get_modes(master, modes)) return std::unexpected(error);
  SerialSettings now = settings_of(modes);
  now.parity = (modes.c_cflag & (PARODD | CMSPAR)) != 0 ? parity_of(modes.c_cflag | PARENB) : Parity::none;
  return now;
}

void show_pty_settings(int master, const SerialSettings& settings) {
  termios2 modes{};
  if (get_modes(master, modes) != 0) return;
  modes.c_cflag &= ~static_cast<tcflag_t>(PARODD | CMSPAR | CSTOPB | CRTSCTS | CBAUD | (CBAUD << IBSHIFT));
  modes.c_iflag &= ~static_cast<tcflag_t>(IXON | IXOFF);
  set_line(modes, settings);
  set_modes_now(master, modes);
}

bool watch_pty_settings(int master) {
  termios2 modes{};
  if (get_modes(master, modes) != 0 || (modes.c_lflag & EXTPROC) != 0) return false;
  modes.c_lflag |= EXTPROC;
  return set_modes_now(master, modes) == 0;
}

void keep_pins(SavedModes& saved) {
  termios2 modes{};
  std::memcpy(&modes, saved.termios.data(), sizeof modes);
  modes.c_cflag &= ~static_cast<tcflag_t>(HUPCL);
  std::memcpy(saved.termios.data(), &modes, sizeof modes);
}

std::expected<std::uint32_t, int> apply_modes(int fd, const SavedModes& before,
                                              const SerialSettings& settings) {
  termios2 modes{};
  std::memcpy(&modes, before.termios.data(), sizeof modes);

  // A byte with a framing error, and a break, are delivered as 0x00, not dropped (no IGNPAR, no IGNBRK). The
  // check value detects them in any case, and a line with a wrong speed is then received as garbage, not as
  // silence.
  modes.c_iflag = settings.parity == Parity::none ? 0 : INPCK;
  modes.c_oflag = 0;
  modes.c_lflag = 0;
  modes.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CMSPAR | CSTOPB | CRTSCTS | CBAUD |
                                          (CBAUD << IBSHIFT));
  modes.c_cflag |= size_flag(settings.data_bits) | CLOCAL | CREAD;
  set_line(modes, settings);
  modes.c_cc[VMIN] = 1;  // so that reading 0 bytes can only mean that the device is gone
  modes.c_cc[VTIME] = 0;
  if (const int error = set_modes_now(fd, modes)) return std::unexpected(error);

  termios2 chosen{};
  if (const int error = get_modes(fd, chosen)) return std::unexpected(error);
  return chosen.c_ospeed;
}

std::expected<std::uint32_t, int> change_speed(int fd, std::uint32_t baud) {
  termios2 modes{};
  if (const int error = get_modes(fd, modes)) return std::unexpected(error);
  modes.c_cflag &= ~static_cast<tcflag_t>(CBAUD | (CBAUD << IBSHIFT));
  modes.c_cflag |= speed_flags(baud);
  modes.c_ispeed = modes.c_ospeed = baud;
  // tcdrain(), whose header cannot be included here. With a queue that flow control has stopped it would wait for ever.
  int queued = 0;
  if (::ioctl(fd, TIOCOUTQ, &queued) == 0 && queued == 0) ::ioctl(fd, TCSBRK, 1);
  if (const int error = set_modes_now(fd, modes)) return std::unexpected(error);
  if (const int error = get_modes(fd, modes)) return std::unexpected(error);
  return modes.c_ospeed;
}

void ask_for_low_latency(int fd, SavedModes& saved) {
  constexpr int kLowLatency = static_cast<int>(ASYNC_LOW_LATENCY);
  serial_struct driver{};
  if (::ioctl(fd, TIOCGSERIAL, &driver) != 0 || (driver.flags & kLowLatency) != 0) return;
  saved.driver_flags = driver.flags;
  driver.flags |= kLowLatency;
  if (::ioctl(fd, TIOCSSERIAL, &driver) != 0) saved.driver_flags.reset();
}

std::vector<std::string> changed_modes(const SavedModes& wanted, const SavedModes& found) {
  termios2 was{};
  termios2 is{};
  std::memcpy(&was, wanted.termios.data(), sizeof was);
  std::memcpy(&is, found.termios.data(), sizeof is);
  std::vector<std::string> changes;
  const auto compare = [&changes](tcflag_t before, tcflag_t after, const char* what) {
    if (before != after) changes.emplace_back(what);
  };
  if (was.c_ospeed != is.c_ospeed || was.c_ispeed != is.c_ispeed)
    changes.push_back(fmt::format("speed {} instead of {}", is.c_ospeed, was.c_ospeed));
  const tcflag_t cflags = was.c_cflag ^ is.c_cflag;
  compare(0, cflags & CSIZE, "other data bits");
  compare(0, cflags & (PARENB | PARODD | CMSPAR), "other parity");
  compare(0, cflags & CSTOPB, "other stop bits");
  compare(0, cflags & CRTSCTS, (is.c_cflag & CRTSCTS) != 0 ? "RTS/CTS on" : "RTS/CTS off");
  compare(0, cflags & CLOCAL, "modem lines obeyed");
  compare(0, cflags & CREAD, "receiver off");
  compare(was.c_iflag & kFlow, is.c_iflag & kFlow,
          (is.c_iflag & kFlow) != 0 ? "XON/XOFF on" : "XON/XOFF off");
  compare(was.c_iflag & ~kFlow, is.c_iflag & ~kFlow, "input is converted");
  compare(was.c_oflag, is.c_oflag, "output is converted");
  const tcflag_t lflags = was.c_lflag ^ is.c_lflag;
  compare(0, lflags & ECHO, "echo on");
  compare(0, lflags & ICANON, "lines instead of bytes");
  compare(0, lflags & ~static_cast<tcflag_t>(ECHO | ICANON), "other local modes");
  if (was.c_cc[VMIN] != is.c_cc[VMIN] || was.c_cc[VTIME] != is.c_cc[VTIME])
    changes.push_back(fmt::format("VMIN {} and VTIME {} instead of {} and {}", is.c_cc[VMIN], is.c_cc[VTIME],
                                  was.c_cc[VMIN], was.c_cc[VTIME]));
  return changes;
}

bool set_modes(int fd, const SavedModes& wanted) {
  termios2 modes{};
  std::memcpy(&modes, wanted.termios.data(), sizeof modes);
  if (set_modes_now(fd, modes) != 0) return false;
  const auto now = save_modes(fd);
  return now && changed_modes(wanted, *now).empty();
}

void restore_modes(int fd, const SavedModes& saved) {
  if (saved.driver_flags) {
    serial_struct driver{};
    if (::ioctl(fd, TIOCGSERIAL, &driver) == 0) {
      driver.flags = *saved.driver_flags;
      ::ioctl(fd, TIOCSSERIAL, &driver);
    }
  }
  termios2 modes{};
  std::memcpy(&modes, saved.termios.data(), sizeof modes);
  set_modes_now(fd, modes);
}

}  // namespace serialtcp::io
