#include "sim/console.h"

#include <utility>

namespace serialtcp::sim {

namespace {

constexpr std::size_t kLongestLine = 4095;

bool printable(Byte byte) {
  return byte >= 0x20 && byte < 0x7F;
}

}  // namespace

std::string Console::typed(ByteView bytes) {
  std::string out;
  for (const Byte raw : bytes) {
    ++bytes_;
    const Byte byte = mode_ == Mode::getty ? raw & 0x7F : raw;
    switch (byte) {
      case '\r':
      case '\n':
      case 0x0F:
        entered_.push_back(std::exchange(line_, {}));
        out += "\r\n" + prompt_;
        continue;
      case 0x03:
      case 0x04:
      case 0x1A:
      case 0x1C:
      case 0x13:
        // agetty has disabled signals and flow control.
        if (mode_ == Mode::getty && byte != 0x03 && byte != 0x04) continue;
        ++disturbed_;
        line_.clear();
        out += "\r\n" + prompt_;
        continue;
      default:
        if (line_.size() < kLongestLine) line_ += static_cast<char>(byte);
        echo(byte, out);
    }
  }
  return out;
}

void Console::echo(Byte byte, std::string& out) const {
  if (mode_ == Mode::silent) return;
  const bool shown = mode_ == Mode::raw || printable(byte) || byte >= 0x80;
  if (shown) {
    out += static_cast<char>(byte);
  } else if (mode_ != Mode::readline) {
    out += '^';
    out += static_cast<char>(byte ^ 0x40);
  }
}

}  // namespace serialtcp::sim
