// A terminal for a program that we start: a pty, raw for one that carries bytes, as usual for one that serves a person.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace serialtcp::io {

struct ChildTerminal {
  int controller = -1;    ///< our side
  int program_side = -1;  ///< keeps the terminal as it is until the program has opened it
  std::string path;       ///< of the program's side
};

/// The caller owns both descriptors. The error is an errno.
std::expected<ChildTerminal, int> make_raw_terminal();

/// In characters.
struct TerminalSize {
  std::uint16_t rows = 0;
  std::uint16_t columns = 0;
};
/// With the modes that a terminal has at first, for text in UTF-8.
std::expected<ChildTerminal, int> make_terminal(TerminalSize size);
/// The program is told (SIGWINCH).
void resize_terminal(int controller, TerminalSize size);

}  // namespace serialtcp::io
