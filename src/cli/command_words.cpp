#include "cli/command_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/known_words.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

constexpr std::size_t kHelpColumn = 30;

bool is_help(std::string_view word) {
  return word == "-h" || word == "--help";
}

/// "-" is standard input, and "-5" a number.
bool is_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
}

std::string help_line(std::string_view head, std::string_view help) {
  return fmt::format("  {:<{}}{}{}\n", head, kHelpColumn - 2, head.size() + 2 >= kHelpColumn ? " " : "",
                     help);
}

}  // namespace

void CommandWords::add_flag(std::string name, std::string help, bool& to) {
  add(Option{.name = std::move(name), .value = "", .help = std::move(help), .put = [&to](const std::string&) {
               to = true;
               return std::nullopt;
             }});
}

void CommandWords::add_text(std::string name, std::string value, std::string help,
                            std::optional<std::string>& to) {
  add(Option{.name = std::move(name),
             .value = std::move(value),
             .help = std::move(help),
             .put = [&to](const std::string& text) {
               to = text;
               return std::nullopt;
             }});
}

std::optional<std::string> CommandWords::parse(std::span<const char* const> args) {
  std::optional<std::string> mistake;
  const auto keep = [&mistake](std::optional<std::string> other) {
    if (!mistake) mistake = std::move(other);
  };
  for (auto rest = args.subspan(std::min<std::size_t>(1, args.size())); !rest.empty();) {
    const std::string_view word = rest.front();
    rest = rest.subspan(1);
    if (word == "--") {
      for (const char* alone : std::exchange(rest, {})) keep(take_alone(alone));
    } else {
      keep(take(word, rest));
    }
  }
  if (wants_help_) return std::nullopt;
  keep(missing());
  return mistake;
}

std::optional<std::string> CommandWords::take(std::string_view word, std::span<const char* const>& rest) {
  if (is_help(word)) {
    wants_help_ = true;
    return std::nullopt;
  }
  if (!is_option(word)) return take_alone(word);
  if (!word.starts_with("--")) return take_letters(word, rest);
  const std::size_t equals = word.find('=');
  const Option* const option = find(word.substr(0, equals));
  if (option == nullptr) return unknown(word.substr(0, equals));
  if (equals == std::string_view::npos) return take_option(*option, std::nullopt, rest);
  return take_option(*option, word.substr(equals + 1), rest);
}

/// "-bd5": flags, and at the end perhaps one that has a value.
std::optional<std::string> CommandWords::take_letters(std::string_view word,
                                                      std::span<const char* const>& rest) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    const Option* const option = find(fmt::format("-{}", word[i]));
    if (option == nullptr) return unknown(word);
    const bool attached = !option->value.empty() && i + 1 < word.size();
    if (attached) return take_option(*option, word.substr(i + 1), rest);
    if (auto mistake = take_option(*option, std::nullopt, rest)) return mistake;
  }
  return std::nullopt;
}

std::optional<std::string> CommandWords::take_option(const Option& option,
                                                     std::optional<std::string_view> value,
                                                     std::span<const char* const>& rest) {
  const bool flag = option.value.empty();
  if (flag && value) return fmt::format("argument {}: no value is expected", option.name);
  if (!flag && !value) {
    if (rest.empty()) return fmt::format("argument {}: a value is expected", option.name);
    value = rest.front();
    rest = rest.subspan(1);
  }
  const bool again = std::ranges::find(given_, &option) != given_.end();
  if (again && !option.repeated && !flag) return fmt::format("argument {}: it is given twice", option.name);
  given_.push_back(&option);
  return option.put(std::string(value.value_or("")));
}

std::optional<std::string> CommandWords::take_alone(std::string_view word) {
  if (all_ != nullptr) {
    all_->emplace_back(word);
  } else if (alone_ < positionals_.size()) {
    *positionals_[alone_++].to = word;
  } else {
    return fmt::format("unexpected '{}'", io::printable(word));
  }
  return std::nullopt;
}

std::optional<std::string> CommandWords::missing() const {
  for (std::size_t i = alone_; i < positionals_.size(); ++i) {
    if (positionals_[i].required) return fmt::format("{} is expected", positionals_[i].name);
  }
  return std::nullopt;
}

const CommandWords::Option* CommandWords::find(std::string_view name) const {
  const auto found = std::ranges::find(options_, name, &Option::name);
  return found != options_.end() ? &*found : nullptr;
}

std::string CommandWords::unknown(std::string_view word) const {
  std::vector<std::string_view> names;
  for (const Option& option : options_) names.push_back(option.name);
  return fmt::format("unknown option {}{}", io::printable(word), KnownWords(names).suggestion(word));
}

std::string CommandWords::help(std::string_view command, std::string_view about) const {
  std::string usage = fmt::format("usage: {} [OPTION]...", command);
  std::string words;
  for (const Positional& positional : positionals_) {
    usage += positional.required ? " " + positional.name : fmt::format(" [{}]", positional.name);
    words += help_line(positional.name, positional.help);
  }
  std::string options;
  for (const Option& option : options_) {
    const std::string_view blank = option.value.empty() ? "" : " ";
    options += help_line(fmt::format("{}{}{}", option.name, blank, option.value), option.help);
  }
  return fmt::format("{}\n\n{}\n\n{}{}{}", usage, about, words, options,
                     help_line("-h, --help", "print this"));
}

}  // namespace serialtcp::cli
