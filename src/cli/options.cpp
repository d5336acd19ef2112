// The command line of a program that runs links. The option table and link_options check the values.
#include "cli/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/edition.h"
#include "cli/option_table.h"
#include "cli/words.h"

namespace serialtcp::cli {

namespace {

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
  if (auto problem = place_positional(option_table(), words))
    return std::unexpected(UsageError{problem->text, alone});
  auto link = judge_link(words.given);
  if (!link) return std::unexpected(UsageError{link.error().front().message(), alone});
  run.link = std::move(*link);
  return run;
}

}  // namespace

Parsed parse_options(std::span<const char* const> arguments, const Given& more) {
  WordsGiven words;
  const auto mistake = split_words(option_table(), arguments, words);
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
