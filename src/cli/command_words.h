// CommandWords: the words of a subcommand, such as `serialtcp cable`: its options, the words that stand alone, and its
// --help. The options of a link and of a shared port are another matter (cli/option_table, cli/words).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serialtcp::cli {

class CommandWords {
 public:
  struct Option {
    std::string name;   ///< with its dashes: "--raw", "-d"
    std::string value;  ///< the name of its value; empty for a flag
    std::string help;
    bool repeated = false;
    /// Takes the value over; of a flag, an empty text. The error is a sentence.
    std::function<std::optional<std::string>(const std::string& text)> put;
  };
  /// A word that stands alone.
  struct Positional {
    std::string name;
    std::string help;
    bool required = true;
    std::string* to = nullptr;  ///< outlives the parsing
  };

  void add(Option option) { options_.push_back(std::move(option)); }
  void add(Positional positional) { positionals_.push_back(std::move(positional)); }
  /// Instead of places for single words: all that stand alone.
  void add_all(std::vector<std::string>& words) { all_ = &words; }

  void add_flag(std::string name, std::string help, bool& to);
  /// Of an option that may not be repeated.
  void add_text(std::string name, std::string value, std::string help, std::optional<std::string>& to);

  /// `args` begins with the word of the command. The first mistake, a sentence; none if --help is among the words.
  std::optional<std::string> parse(std::span<const char* const> args);
  bool wants_help() const { return wants_help_; }

  /// `about` is a text in lines; `command` as it is typed: "serialtcp share".
  std::string help(std::string_view command, std::string_view about) const;

 private:
  std::optional<std::string> take(std::string_view word, std::span<const char* const>& rest);
  std::optional<std::string> take_option(const Option& option, std::optional<std::string_view> value,
                                         std::span<const char* const>& rest);
  std::optional<std::string> take_letters(std::string_view word, std::span<const char* const>& rest);
  std::optional<std::string> take_alone(std::string_view word);
  std::optional<std::string> missing() const;
  const Option* find(std::string_view name) const;
  std::string unknown(std::string_view word) const;

  std::vector<Option> options_;
  std::vector<Positional> positionals_;
  std::vector<std::string>* all_ = nullptr;
  std::vector<const Option*> given_;
  std::size_t alone_ = 0;
  bool wants_help_ = false;
};

}  // namespace serialtcp::cli
