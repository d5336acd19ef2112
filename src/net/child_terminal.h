// A terminal for a program that we start: a pty that is raw.
#pragma once

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

}  // namespace serialtcp::io
