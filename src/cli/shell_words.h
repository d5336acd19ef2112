// The words of `serialtcp shell`. It is called in place of ssh, too (rsync -e, GIT_SSH_COMMAND), so it takes those of ssh's
// options that such programs give.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::cli {

struct ShellWords {
  std::string to = {};                      ///< DEV|NAME
  std::optional<std::string> command = {};  ///< the words behind it, joined by blanks; none: a login shell
  enum class Terminal : std::uint8_t { automatic, always, never } terminal = Terminal::automatic;
  bool no_input = false;     ///< -n
  bool subsystem = false;    ///< -s: the command is the name of one
  bool is_question = false;  ///< -G: whether this takes ssh's options
  bool help = false;
  std::vector<std::string> variables = {};     ///< names (-o SendEnv) and "NAME=VALUE" (-o SetEnv)
  std::optional<std::string> control = {};     ///< --control
  std::optional<std::string> baud = {};        ///< -b
  std::vector<std::string> line_options = {};  ///< of a link of its own, as they stand
};

/// `args` begins with the word of the command. The error is a sentence.
std::expected<ShellWords, std::string> parse_shell_words(std::span<const char* const> args);

}  // namespace serialtcp::cli
