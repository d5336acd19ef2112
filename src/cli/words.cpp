#include "cli/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "cli/known_words.h"

namespace serialtcp::cli {

namespace {

bool stands_alone(const Option& option) {
  return option.stands == Stands::anywhere || option.stands == Stands::hidden;
}

/// Like argparse: "--sync 5" means --sync-timeout 5 if only one option begins with it. A value after an equals
/// sign becomes a separate argument, so that it can be empty.
std::vector<std::string> spelled_out(OptionTable table, const std::string& argument) {
  if (!argument.starts_with("--")) return {argument};
  const std::size_t equals = std::min(argument.find('='), argument.size());
  const std::string_view name = std::string_view(argument).substr(2, equals - 2);
  std::vector<const Option*> candidates;
  for (const Option& option : table) {
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

std::string unknown_option(OptionTable table, const std::string& word) {
  std::vector<std::string> names;
  for (const Option& option : table) {
    if (option.stands == Stands::anywhere) names.push_back(spelling(option));
  }
  const KnownWords known({names.begin(), names.end()});
  return fmt::format("unknown option {}{}", word, known.suggestion(word.substr(0, word.find('='))));
}

/// Takes the words one by one. After a mistake, it goes on: --help may follow.
class Splitter {
 public:
  Splitter(OptionTable table, std::vector<std::string> parts, WordsGiven& words)
      : table_(table), parts_(std::move(parts)), words_(words) {}

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
    const Option* const option = find_option(std::string_view(word).substr(0, equals), table_);
    if (option == nullptr || !stands_alone(*option)) return fail(unknown_option(table_, word));
    if (!option->is_flag()) return take_value(*option);
    if (equals < word.size())
      return fail(fmt::format("argument {}: no value is expected", spelling(*option)));
    words_.given[std::string(option->name)] = {""};
  }

  /// "vq", "s8080": flags, and at the end perhaps one that has a value.
  void take_letters(std::string_view letters) {
    for (; !letters.empty(); letters.remove_prefix(1)) {
      const Option* const option = by_letter(letters[0]);
      if (option == nullptr) return fail(unknown_option(table_, fmt::format("-{}", letters)));
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

  const Option* by_letter(char letter) const {
    const auto found = std::ranges::find(table_, letter, &Option::letter);
    return found != table_.end() ? &*found : nullptr;
  }

  void fail(std::string text) {
    if (!mistake_) mistake_ = UsageError{std::move(text)};
  }

  OptionTable table_;
  std::vector<std::string> parts_;
  WordsGiven& words_;
  std::size_t next_ = 0;
  std::optional<UsageError> mistake_;
};

}  // namespace

std::optional<UsageError> split_words(OptionTable table, std::span<const char* const> arguments,
                                      WordsGiven& words) {
  std::vector<std::string> parts;
  const auto dashes = std::ranges::find(arguments, std::string_view("--"));
  for (const char* argument : std::span(arguments.begin(), dashes)) {
    for (std::string& word : spelled_out(table, argument)) parts.push_back(std::move(word));
  }
  auto mistake = Splitter(table, std::move(parts), words).split();
  if (dashes != arguments.end()) words.positional.insert(words.positional.end(), dashes + 1, arguments.end());
  return mistake;
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
