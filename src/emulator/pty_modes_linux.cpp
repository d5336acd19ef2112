// The modes of the terminal, by its master: ioctl_tty(2).
#include "emulator/pty_modes.h"

#include <asm/termbits.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cstring>

#include "port/serial_modes.h"

namespace serialtcp::io {

namespace {

sim::Parity parity_of(tcflag_t flags) {
  const bool odd = (flags & PARODD) != 0;
  if ((flags & CMSPAR) != 0) return odd ? sim::Parity::mark : sim::Parity::space;
  return odd ? sim::Parity::odd : sim::Parity::none;
}

}  // namespace

std::optional<PtyModes> read_pty_modes(int master) {
  const auto saved = save_modes(master);
  if (!saved) return std::nullopt;
  termios2 modes{};
  std::memcpy(&modes, saved->termios.data(), sizeof modes);
  if (modes.c_ospeed == 0) return std::nullopt;
  PtyModes found;
  found.line.baud = std::min<std::uint32_t>(modes.c_ospeed, sim::kMaxBaud);
  found.line.parity = parity_of(modes.c_cflag);
  found.line.stop_bits = (modes.c_cflag & CSTOPB) != 0 ? sim::StopBits::two : sim::StopBits::one;
  found.flow_control = (modes.c_cflag & CRTSCTS) != 0 ? FlowControl::rts_cts : FlowControl::none;
  return found;
}

void set_pty_speed(int master, std::uint32_t baud) {
  auto saved = save_modes(master);
  if (!saved) return;
  termios2 modes{};
  std::memcpy(&modes, saved->termios.data(), sizeof modes);
  modes.c_cflag &= ~static_cast<tcflag_t>(CBAUD | (CBAUD << IBSHIFT));
  modes.c_cflag |= BOTHER | (BOTHER << IBSHIFT);
  modes.c_ispeed = modes.c_ospeed = baud;
  std::memcpy(saved->termios.data(), &modes, sizeof modes);
  set_modes(master, *saved);
}

}  // namespace serialtcp::io
