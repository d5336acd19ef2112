// TIOCMGET and TIOCMSET: see ioctl_tty(2).
#include <sys/ioctl.h>

#include "port/modem_lines_posix.h"

namespace serialtcp::io {

namespace {

Pin pin_in(int bits, int pin) {
  return (bits & pin) != 0 ? Pin::high : Pin::low;
}

void put_pin(int& bits, int pin, const std::optional<Pin>& wanted) {
  if (wanted == Pin::high) bits |= pin;
  if (wanted == Pin::low) bits &= ~pin;
}

}  // namespace

std::optional<ModemLines> modem_lines_of(int fd) {
  int bits = 0;
  if (::ioctl(fd, TIOCMGET, &bits) != 0) return std::nullopt;
  return ModemLines{.cts = pin_in(bits, TIOCM_CTS),
                    .dsr = pin_in(bits, TIOCM_DSR),
                    .ring = pin_in(bits, TIOCM_RI),
                    .carrier = pin_in(bits, TIOCM_CD),
                    .dtr = pin_in(bits, TIOCM_DTR),
                    .rts = pin_in(bits, TIOCM_RTS)};
}

void change_modem_pins(int fd, std::optional<Pin> dtr, std::optional<Pin> rts) {
  int bits = 0;
  if ((!dtr && !rts) || ::ioctl(fd, TIOCMGET, &bits) != 0) return;
  put_pin(bits, TIOCM_DTR, dtr);
  put_pin(bits, TIOCM_RTS, rts);
  ::ioctl(fd, TIOCMSET, &bits);
}

}  // namespace serialtcp::io
