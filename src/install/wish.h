// What the user wants to be installed at the other end, and how.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace serialtcp::install {

struct Wish {
  bool wanted = false;                            ///< nothing else counts without it
  std::string user = {};                          ///< for the login prompt; empty: it is asked for
  std::optional<std::string> password_file = {};  ///< its first line; none: it is asked for
  std::optional<std::string> boards = {};         ///< a folder with the programs for boards
  std::optional<std::string> save = {};           ///< where the program stays there; none: in memory
  std::optional<std::string> arguments = {};      ///< of the program there, instead of those that permit all
  std::optional<std::string> transcript = {};     ///< a file of all that was typed and answered
  enum class Other : std::uint8_t { is_used, is_replaced } other_version = Other::is_used;

  bool operator==(const Wish&) const = default;
};

}  // namespace serialtcp::install
