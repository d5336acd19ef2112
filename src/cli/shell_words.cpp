// What follows DEV|NAME belongs to the command, options too, as with ssh.
#include "cli/shell_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "cli/option_table.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

using WordsProblem = std::optional<std::string>;

/// Without a meaning here: they are about networks, keys and X.
constexpr std::string_view kIgnored = "46aACkqxyY";

class ShellSplitter {
 public:
  explicit ShellSplitter(std::span<const char* const> args) : rest_(args.subspan(args.empty() ? 0 : 1)) {}

  std::expected<ShellWords, std::string> split() {
    while (!rest_.empty() && words_.to.empty()) {
      const std::string word = next();
      WordsProblem problem;
      if (word == "--") {
        if (!rest_.empty()) words_.to = next();
        break;
      }
      if (word == "-" || !word.starts_with('-')) {
        words_.to = word;
      } else {
        problem = word.starts_with("--") ? take_name(word) : take_letters(std::string_view(word).substr(1));
      }
      if (problem) return std::unexpected(std::move(*problem));
    }
    if (!rest_.empty()) {
      const std::vector<std::string_view> command(rest_.begin(), rest_.end());
      words_.command = fmt::format("{}", fmt::join(command, " "));
    }
    if (words_.help || words_.is_question) return std::move(words_);
    if (words_.to.empty())
      return std::unexpected("DEV|NAME is expected: a device, or the name of a running link");
    if (words_.subsystem && !words_.command)
      return std::unexpected("argument -s: the name of a subsystem is expected");
    return std::move(words_);
  }

 private:
  std::string next() {
    std::string word = rest_.front();
    rest_ = rest_.subspan(1);
    return word;
  }

  WordsProblem take_letters(std::string_view letters) {
    while (!letters.empty()) {
      const char letter = letters.front();
      letters.remove_prefix(1);
      if (takes_value(letter)) {
        if (letters.empty() && rest_.empty()) return fmt::format("argument -{}: a value is expected", letter);
        return take_value(letter, letters.empty() ? next() : std::string(letters));
      }
      if (!take_flag(letter)) return fmt::format("unknown option -{}", io::printable(std::string(1, letter)));
    }
    return std::nullopt;
  }

  static bool takes_value(char letter) { return std::string_view("bolpeF").contains(letter); }

  bool take_flag(char letter) {
    using enum ShellWords::Terminal;
    switch (letter) {
      case 't':
        words_.terminal = always;
        return true;
      case 'T':
        words_.terminal = never;
        return true;
      case 'n':
        words_.no_input = true;
        return true;
      case 's':
        words_.subsystem = true;
        return true;
      case 'G':
        words_.is_question = true;
        return true;
      case 'h':
        words_.help = true;
        return true;
      case 'v':
        words_.line_options.emplace_back("-v");
        return true;
      default:
        return kIgnored.contains(letter);
    }
  }

  WordsProblem take_value(char letter, const std::string& value) {
    switch (letter) {
      case 'b':
        words_.baud = value;
        return std::nullopt;
      case 'o':
        take_ssh_option(value);
        return std::nullopt;
      case 'l':
        return fmt::format(
            "argument -l: programs run as the user that runs the other end, and '{}' cannot be chosen",
            io::printable(value));
      case 'p':
        return fmt::format("argument -p: there are no ports at a cable, and '{}' is one: leave it out",
                           io::printable(value));
      default:
        return std::nullopt;  // -e, -F: without a meaning here
    }
  }

  /// "SendEnv=GIT_PROTOCOL", "SetEnv NAME=VALUE". Others are without a meaning here.
  void take_ssh_option(std::string_view text) {
    const std::size_t end = text.find_first_of("= ");
    if (end == std::string_view::npos) return;
    const std::string_view name = text.substr(0, end);
    if (name != "SendEnv" && name != "SetEnv") return;
    text.remove_prefix(end + 1);
    while (!text.empty()) {
      const std::size_t blank = std::min(text.find(' '), text.size());
      if (blank > 0) words_.variables.emplace_back(text.substr(0, blank));
      text.remove_prefix(std::min(blank + 1, text.size()));
    }
  }

  /// Those of a link are known by the option table, and are judged later.
  WordsProblem take_name(const std::string& word) {
    if (word == "--help") {
      words_.help = true;
      return std::nullopt;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = word.substr(equals + 1);
    const bool own = name == "--control" || name == "--baudrate";
    const Option* const option = own ? nullptr : find_option(name);
    if (!own && (option == nullptr || !option->of_link()))
      return fmt::format("unknown option {}", io::printable(name));
    const bool flag = option != nullptr && (option->is_flag() || !option->alone.empty());
    if (!flag && !value) {
      if (rest_.empty()) return fmt::format("argument {}: a value is expected", name);
      value = next();
    }
    if (own) {
      (name == "--control" ? words_.control : words_.baud) = value;
      return std::nullopt;
    }
    words_.line_options.push_back(name + (value ? "=" + *value : ""));
    return std::nullopt;
  }

  std::span<const char* const> rest_;
  ShellWords words_;
};

}  // namespace

std::expected<ShellWords, std::string> parse_shell_words(std::span<const char* const> args) {
  return ShellSplitter(args).split();
}

}  // namespace serialtcp::cli
