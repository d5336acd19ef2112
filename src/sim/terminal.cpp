#include "sim/terminal.h"

namespace serialtcp::sim {

namespace {

constexpr Byte kXon = 0x11;
constexpr Byte kXoff = 0x13;
constexpr Byte kSevenBits = 0x7F;
constexpr Byte kCaret = 0x40;

bool is_control(Byte byte) {
  return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
}

}  // namespace

void Terminal::set(const TerminalModes& modes) {
  modes_ = modes;
  if (!modes_.ixon) stopped_ = false;
}

void Terminal::input(ByteView bytes, Bytes& program, Bytes& echo) {
  for (Byte byte : bytes) {
    if (modes_.istrip) byte &= kSevenBits;
    if (modes_.ixon && (byte == kXon || byte == kXoff)) {
      stopped_ = byte == kXoff;
      continue;
    }
    if (modes_.icrnl && byte == '\r') byte = '\n';
    program.push_back(byte);
    if (!modes_.echo) continue;
    if (modes_.echoctl && is_control(byte)) {
      echo.push_back('^');
      byte ^= kCaret;
    }
    echo.push_back(byte);
  }
}

void Terminal::output(ByteView bytes, Bytes& line) const {
  for (const Byte byte : bytes) {
    if (modes_.onlcr && byte == '\n') line.push_back('\r');
    line.push_back(byte);
  }
}

}  // namespace serialtcp::sim
