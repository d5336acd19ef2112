// Terminal: a terminal between a line and the program at it, in these of its modes, as the kernel's line discipline
// has them (termios(3)). It does not collect lines and sends no signals. It knows no time and no line.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::sim {

struct TerminalModes {
  // Input:
  bool istrip = false;  ///< the highest bit of each byte is lost
  bool icrnl = false;   ///< CR arrives as LF
  bool ixon = false;    ///< XOFF and XON do not arrive: they stop the output, and let it go on
  // Output:
  bool onlcr = false;  ///< LF leaves as CR LF
  // What arrives is sent back:
  bool echo = false;
  bool echoctl = false;  ///< control characters as ^X

  bool operator==(const TerminalModes&) const = default;
};

/// `stty sane`, but without ICANON and ISIG.
inline constexpr TerminalModes kCooked{
    .istrip = true, .icrnl = true, .ixon = true, .onlcr = true, .echo = true, .echoctl = true};

/// What becomes of the bytes that pass a terminal.
class Terminal {
 public:
  explicit Terminal(const TerminalModes& modes = {}) : modes_(modes) {}

  /// Output that was stopped goes on if it can no longer be stopped.
  void set(const TerminalModes& modes);
  const TerminalModes& modes() const { return modes_; }

  /// Appends to `program` what the program gets of `bytes` from the line, and to `echo` what the line is to get.
  void input(ByteView bytes, Bytes& program, Bytes& echo);
  /// Appends what the line gets of this output.
  void output(ByteView bytes, Bytes& line) const;
  /// Whether XOFF has stopped the output.
  bool stopped() const { return stopped_; }

 private:
  TerminalModes modes_;
  bool stopped_ = false;
};

}  // namespace serialtcp::sim
