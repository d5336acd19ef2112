// Splits the command line into text for each option. The option table and link_options check the values.
#include "cli/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/edition.h"
#include "cli/known_words.h"
#include "cli/option_table.h"

namespace serialtcp::cli {

namespace {

/// The command line as text, before it is checked.
struct WordsGiven {
  Given given;                          ///< those with a name
  std::vector<std::string> positional;  ///< in their order
};

bool stands_alone(const Option& option) {
  return option.stands == Stands::anywhere || option.stands == Stands::hidden;
}

/// Like argparse: "--sync 5" means --sync-timeout 5 if only one option begins with it. A value after an equals
/// sign becomes a separate argument, so that it can be empty.
std::vector<std::string> spelled_out(const std::string& argument) {
  if (!argument.starts_with("--")) return {argument};
  const std::size_t equals = std::min(argument.find('='), argument.size());
  const std::string_view name = std::string_view(argument).substr(2, equals - 2);
  std::vector<const Option*> candidates;
  for (const Option& option : option_table()) {
    if (!stands_alone(option)) continue;
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

std::string unknown_option(const std::string& word) {
  std::vector<std::string> names;
  for (const Option& option : option_table()) {
    if (option.stands == Stands::anywhere) names.push_back(spelling(option));
  }
  const KnownWords known({names.begin(), names.end()});
  return fmt::format("unknown option {}{}", word, known.suggestion(word.substr(0, word.find('='))));
}

/// Takes the words one by one. After a mistake, it goes on: --help may follow.
class Splitter {
 public:
  Splitter(std::vector<std::string> parts, WordsGiven& words) : parts_(std::move(parts)), words_(words) {}

  /// Nothing, or the first mistake.
  std::optional<UsageError> split() {
    while (next_ < parts_.size()) take(std::string(parts_[next_++]));
    return std::move(mistake_);
  }

 private:
  void take(const std::string& word) {
    if (word.starts_with("--")) return take_name(word);
    const bool letters =
        word.size() > 1 && word[0] == '-' && (!is_number(word) || by_letter(word[1]) != nullptr);
    if (letters) return take_letters(std::string_view(word).substr(1));
    words_.positional.push_back(word);
  }

  void take_name(const std::string& word) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const Option* const option = find_option(std::string_view(word).substr(0, equals));
    if (option == nullptr || !stands_alone(*option)) return fail(unknown_option(word));
    if (!option->is_flag()) return take_value(*option);
    if (equals < word.size())
      return fail(fmt::format("argument {}: no value is expected", spelling(*option)));
    words_.given[std::string(option->name)] = {""};
  }

  /// "vq", "s8080": flags, and at the end perhaps one that has a value.
  void take_letters(std::string_view letters) {
    for (; !letters.empty(); letters.remove_prefix(1)) {
      const Option* const option = by_letter(letters[0]);
      if (option == nullptr) return fail(unknown_option(fmt::format("-{}", letters)));
      if (option->is_flag()) {
        words_.given[std::string(option->name)] = {""};
        continue;
      }
      if (letters.size() == 1) return take_value(*option);
      return put(*option, std::string(letters.substr(1)));
    }
  }

  void take_value(const Option& option) {
    if (next_ == parts_.size())
      return fail(fmt::format("argument {}: a value is expected", spelling(option)));
    put(option, parts_[next_++]);
  }

  void put(const Option& option, std::string value) {
    std::vector<std::string>& values = words_.given[std::string(option.name)];
    if (option.repeated == Repeated::no) values.clear();  // the last one counts
    values.push_back(std::move(value));
  }

  static const Option* by_letter(char letter) {
    const auto all = option_table();
    const auto found = std::ranges::find(all, letter, &Option::letter);
    return found != all.end() ? &*found : nullptr;
  }

  void fail(std::string text) {
    if (!mistake_) mistake_ = UsageError{std::move(text)};
  }

  std::vector<std::string> parts_;
  WordsGiven& words_;
  std::size_t next_ = 0;
  std::optional<UsageError> mistake_;
};

/// Nothing, or the mistake; `words` has what was understood.
std::optional<UsageError> split(std::span<const char* const> arguments, WordsGiven& words) {
  std::vector<std::string> parts;
  const auto dashes = std::ranges::find(arguments, std::string_view("--"));
  for (const char* argument : std::span(arguments.begin(), dashes)) {
    for (std::string& word : spelled_out(argument)) parts.push_back(std::move(word));
  }
  auto mistake = Splitter(std::move(parts), words).split();
  if (dashes != arguments.end()) words.positional.insert(words.positional.end(), dashes + 1, arguments.end());
  return mistake;
}

/// Assigns positional arguments to their options.
std::optional<UsageError> place_positional(WordsGiven& words) {
  std::size_t next = 0;
  for (const Option& option : option_table()) {
    if (option.stands == Stands::by_position && next < words.positional.size())
      words.given[std::string(option.name)] = {words.positional[next++]};
  }
  if (next == words.positional.size()) return std::nullopt;
  return UsageError{
      fmt::format("unexpected '{}': only SERIALPORT and BAUDRATE stand alone", words.positional[next])};
}

/// "--log, --quiet and --ready"
std::string beside_config() {
  std::vector<std::string> names;
  for (const Option& option : option_table()) {
    const bool shown = option.stands == Stands::anywhere && option.name != "config";
    if (shown && option.beside_config == BesideConfig::yes) names.push_back(spelling(option));
  }
  const std::string last = names.back();
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

/// With a configuration file, other options are refused. `option` is --config or --check-config.
std::optional<UsageError> misplaced(const WordsGiven& words, const Option& option) {
  const bool runs = option.beside_config == BesideConfig::yes;
  const std::string hint = runs ? fmt::format("everything but {} is in the file", beside_config())
                                : std::string("it only checks the file");
  const auto odd = std::ranges::find_if(words.given, [&](const auto& given) {
    const Option* const other = find_option(given.first);
    return other != &option && !(runs && other->beside_config == BesideConfig::yes);
  });
  if (odd != words.given.end())
    return UsageError{fmt::format("{} cannot be used with {}: {}", spelling(*find_option(odd->first)),
                                  spelling(option), hint)};
  if (words.positional.empty()) return std::nullopt;
  return UsageError{
      fmt::format("'{}' cannot be used with {}: {}", words.positional[0], spelling(option), hint)};
}

/// Options that do not belong to a link.
std::optional<UsageError> put_in_run(const Given& given, RunOptions& run) {
  for (const auto& [name, texts] : given) {
    const Option* const option = find_option(name);
    const auto* const put = std::get_if<PutInRun>(&option->put);
    if (put == nullptr) continue;
    if (const auto error = (*put)(run, texts.back()))
      return UsageError{fmt::format("argument {}: {}", spelling(*option), *error)};
  }
  return std::nullopt;
}

std::expected<RunOptions, UsageError> judge(WordsGiven& words) {
  RunOptions run;
  for (const char* file : {"check-config", "config"}) {
    if (!words.given.contains(file)) continue;
    if (auto problem = misplaced(words, *find_option(file))) return std::unexpected(std::move(*problem));
    break;
  }
  if (auto problem = put_in_run(words.given, run)) return std::unexpected(std::move(*problem));
  if (run.config_file) return run;
  std::optional<std::vector<std::string>> alone;
  if (!any_given(words.given, Section::services) && !any_given(words.given, Section::forwarding))
    alone = words.positional;
  if (auto problem = place_positional(words)) return std::unexpected(UsageError{problem->text, alone});
  auto link = judge_link(words.given);
  if (!link) return std::unexpected(UsageError{link.error().front().message(), alone});
  run.link = std::move(*link);
  return run;
}

}  // namespace

Parsed parse_options(std::span<const char* const> arguments, const Given& more) {
  WordsGiven words;
  const auto mistake = split(arguments, words);
  words.given.insert(more.begin(), more.end());
  if (words.given.contains("help")) return std::unexpected(Answer{help_text()});
  if (words.given.contains("version"))
    return std::unexpected(Answer{fmt::format("serialtcp{} {}\n", edition().name, SERIALTCP_VERSION)});
  if (mistake) return std::unexpected(*mistake);
  auto options = judge(words);
  if (!options) return std::unexpected(options.error());
  return *options;
}

}  // namespace serialtcp::cli
