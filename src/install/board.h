// What a board is and has, as far as its shell can tell: the machine, places for a program, tools. Each is tried.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "install/shell.h"
#include "install/task.h"

namespace serialtcp::install {

struct Place {
  std::string folder;
  bool in_memory = false;  ///< gone with a reboot, and no flash
};

struct Board {
  std::string machine;  ///< as uname -m says
  std::string arch;     ///< as programs for boards are named; empty if there is none for it
  std::map<std::string, std::string, std::less<>> tools;  ///< what is typed for each; only those that work
  std::string printk;                ///< the level before it was lowered; empty: it stays
  bool knows_terminal = false;       ///< the shell has its settings, and something that sets them again
  std::vector<Place> places;         ///< where a program can be written and run; the best first
  std::vector<Place> noexec_places;  ///< where one can be written, but not run
  std::string why_no_place;          ///< what the others have said
  std::vector<std::string> files;    ///< made to find out, or to help; to be removed in the end
  std::vector<std::string> starts;  ///< commands that may make $L run the loader in $f, until one is known to

  bool has(std::string_view tool) const { return tools.contains(tool); }
  const std::string& tool(std::string_view name) const { return tools.find(name)->second; }
};

/// What is found is in `board` at once. Throws Failure.
Task<> look_at_board(Shell& shell, Board& board);
/// Each is tried once. Throws Failure.
Task<> find_tools(Shell& shell, Board& board);
/// Where a program can be written and run; empty if nowhere, and board.why_no_place says why. It takes chmod. Throws Failure.
Task<> find_places(Shell& shell, Board& board);

/// Folders that a program may be put into, for a shell.
inline constexpr std::array kFolders = {"/dev/shm", "/run", "/tmp", "/var/tmp", "$HOME"};

/// The architectures there are programs for.
std::string known_architectures();
/// By what uname -m says, the byte order ("le", "be"), and the line of /proc/cpuinfo that names the processor's features.
std::string architecture(std::string_view machine, std::string_view order, std::string_view features);

}  // namespace serialtcp::install
