#include "cli/words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include "cli/known_words.h"

namespace serialtcp::cli {

namespace {

class Declarations {
 public:
  explicit Declarations(OptionTable table) {
    app_.set_help_flag();  // --help is not CLI11's
    app_.allow_extras();   // positional arguments and mistakes, told apart below
    for (const Option& option : table) {
      if (option.stands == Stands::anywhere || option.stands == Stands::hidden) declare(option);
    }
  }
  Declarations(const Declarations&) = delete;
  Declarations& operator=(const Declarations&) = delete;

  CLI::App& app() { return app_; }

  /// What was given, as far as it was understood.
  Given given() {
    for (const auto& [name, flag] : flags_) {
      if (flag) given_[name] = {""};
    }
    return std::move(given_);
  }

 private:
  void declare(const Option& option) {
    const std::string letter = option.letter != 0 ? fmt::format("-{},", option.letter) : "";
    const std::string names = letter + spelling(option);
    const std::string name(option.name);
    if (option.is_flag()) {
      app_.add_flag(names, flags_[name]);
      return;
    }
    const auto take = [this, name](const CLI::results_t& texts) {
      given_[name] = texts;
      return true;
    };
    app_.add_option(names, take)
        ->expected(1)
        ->multi_option_policy(option.repeated == Repeated::yes ? CLI::MultiOptionPolicy::TakeAll
                                                               : CLI::MultiOptionPolicy::TakeLast);
  }

  CLI::App app_;
  Given given_;
  std::map<std::string, bool> flags_;
};

/// Like argparse: "--sync 5" means --sync-timeout 5 if only one option begins with it. A value after an equals
/// sign becomes a separate argument, so that it can be empty.
std::vector<std::string> spelled_out(OptionTable table, const std::string& argument) {
  if (!argument.starts_with("--")) return {argument};
  const std::size_t equals = std::min(argument.find('='), argument.size());
  const std::string_view name = std::string_view(argument).substr(2, equals - 2);
  std::vector<const Option*> candidates;
  for (const Option& option : table) {
    if (option.stands != Stands::anywhere && option.stands != Stands::hidden) continue;
    const bool whole = option.name == name;
    if (whole) candidates.clear();  // even if others begin with it
    if (whole || (option.name.starts_with(name) && option.abbreviated == Abbreviated::yes))
      candidates.push_back(&option);
    if (whole) break;
  }
  if (name.empty() || candidates.size() != 1) return {argument};
  const std::string full = spelling(*candidates.front());
  const std::string_view alone = candidates.front()->alone;
  if (equals == argument.size() && !alone.empty()) return {full, std::string(alone)};
  if (equals == argument.size()) return {full};
  if (candidates.front()->is_flag()) return {full + argument.substr(equals)};
  return {full, argument.substr(equals + 1)};
}

bool is_number(std::string_view text) {
  return text.size() > 1 && text[0] == '-' && std::isdigit(static_cast<unsigned char>(text[1])) != 0;
}

std::string unknown_option(OptionTable table, const std::string& word) {
  std::vector<std::string> names;
  for (const Option& option : table) {
    if (option.stands == Stands::anywhere) names.push_back(spelling(option));
  }
  const KnownWords known({names.begin(), names.end()});
  return fmt::format("unknown option {}{}", word, known.suggestion(word.substr(0, word.find('='))));
}

}  // namespace

std::optional<UsageError> split_words(OptionTable table, std::span<const char* const> arguments,
                                      WordsGiven& words) {
  Declarations declarations(table);
  CLI::App& app = declarations.app();
  std::vector<std::string> parts;
  bool only_positional = false;
  std::vector<std::string> after_dashes;
  for (const char* argument : arguments) {
    if (only_positional) {
      after_dashes.emplace_back(argument);
    } else if (std::string_view(argument) == "--") {
      only_positional = true;
    } else {
      for (std::string& word : spelled_out(table, argument)) parts.push_back(std::move(word));
    }
  }
  std::reverse(parts.begin(), parts.end());  // CLI11 takes them last first
  std::optional<UsageError> mistake;
  try {
    app.parse(parts);
  } catch (const CLI::ArgumentMismatch& error) {
    // "--log: 1 required TEXT missing": only the name is used.
    const std::string_view text = error.what();
    mistake = UsageError{fmt::format("argument {}: a value is expected", text.substr(0, text.find(':')))};
  } catch (const CLI::ParseError& error) {
    mistake = UsageError{error.what()};
  }
  words.given = declarations.given();
  if (mistake) return mistake;
  words.positional = app.remaining();
  words.positional.insert(words.positional.end(), after_dashes.begin(), after_dashes.end());
  for (const std::string& word : app.remaining()) {
    const bool option = word.size() > 1 && word[0] == '-' && !is_number(word);
    if (option) return UsageError{unknown_option(table, word)};
  }
  return std::nullopt;
}

std::optional<UsageError> place_positional(OptionTable table, WordsGiven& words) {
  std::size_t next = 0;
  for (const Option& option : table) {
    if (option.stands == Stands::by_position && next < words.positional.size())
      words.given[std::string(option.name)] = {words.positional[next++]};
  }
  if (next == words.positional.size()) return std::nullopt;
  return UsageError{
      fmt::format("unexpected '{}': only SERIALPORT and BAUDRATE stand alone", words.positional[next])};
}

}  // namespace serialtcp::cli
