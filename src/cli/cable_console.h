// CableConsole: the commands that a running cable takes, one a line, each with an answer of one line.
// It does not know where the lines come from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/pty_cable.h"

namespace serialtcp::cli {

class CableConsole {
 public:
  enum class Next : std::uint8_t { go_on, quit };

  struct Answer {
    std::string text;  ///< "ok ..." or "error: ...", without the end of the line; empty for an empty command
    Next next = Next::go_on;
  };

  /// The cable outlives it.
  explicit CableConsole(io::PtyCable& cable) : cable_(cable) {}

  Answer execute(std::string_view line);

 private:
  using Words = std::vector<std::string_view>;

  std::string dispatch(const Words& words);
  std::string plug(const Words& words);
  std::string set(const Words& words);
  std::string echo(const Words& words);
  std::string stats() const;

  io::PtyCable& cable_;
};

}  // namespace serialtcp::cli
