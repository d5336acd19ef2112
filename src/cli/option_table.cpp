#include "cli/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/edition.h"

namespace serialtcp::cli {

namespace {

std::vector<Option> rows_of(const Edition& edition) {
  std::vector<Option> all;
  for (const auto rows : edition.option_rows) all.insert(all.end(), rows().begin(), rows().end());
  return of_this_edition(all);
}

}  // namespace

std::vector<Option> of_this_edition(OptionTable rows, std::string_view table) {
  std::vector<Option> all;
  for (Option option : rows) {
    const auto other = std::ranges::find_if(edition().option_texts, [&](const OptionText& text) {
      return text.section == option.section && text.name == option.name && text.table == table;
    });
    if (other != edition().option_texts.end()) option.help = other->help;
    if (!option.help.empty()) all.push_back(option);
  }
  return all;
}

OptionTable option_table() {
  static const std::vector<Option> all = rows_of(edition());
  return all;
}

const Option* find_option(std::string_view name, OptionTable table) {
  if (name.starts_with("--")) name.remove_prefix(2);
  const auto found = std::ranges::find(table, name, &Option::name);
  return found != table.end() ? &*found : nullptr;
}

std::string spelling(const Option& option) {
  if (option.stands == Stands::by_position) return std::string(option.argument);
  if (option.stands == Stands::by_command) return fmt::format("serialtcp {}", option.name);
  return fmt::format("--{}", option.name);
}

bool has_key(const Option& option, Of of) {
  const bool of_file = std::holds_alternative<PutInRun>(option.put);
  return option.toml != Toml::none && of_file == (of == Of::whole_file);
}

std::string_view expected(Toml type) {
  switch (type) {
    case Toml::none:
      break;
    case Toml::text:
      return "a string";
    case Toml::texts:
      return "a string or a list of strings";
    case Toml::integer:
      return "a whole number";
    case Toml::number:
      return "a number";
    case Toml::number_or_text:
      return "a number or a string";
    case Toml::integer_or_text:
      return "a whole number or a string";
    case Toml::flag:
      return "true or false";
  }
  return "";
}

bool any_given(const Given& given, Section section) {
  return std::ranges::any_of(option_table(), [&](const Option& option) {
    return option.section == section && option.stands == Stands::anywhere && given.contains(option.name);
  });
}

}  // namespace serialtcp::cli
