#include "tools/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>
#include <string_view>
#include <vector>

#include "cli/cable_options.h"
#include "cli/console_options.h"
#include "cli/edition.h"
#include "cli/net_options.h"
#include "cli/option_table.h"
#include "cli/share_options.h"
#include "cli/test_options.h"
#include "service/service_kinds.h"

namespace serialtcp::tools {

namespace {

using cli::BesideConfig;
using cli::Option;
using cli::Repeated;
using cli::Stands;
using cli::Suggest;

/// Commands that have a table of options of their own, with its mark in the templates.
struct CommandTable {
  std::string_view mark;
  cli::OptionRows table;
};
constexpr CommandTable kCommandTables[] = {{"@SHARE@", &cli::share_option_table},
                                           {"@NET@", &cli::net_option_table}};

/// "share" of "@SHARE@"
std::string lower_case_within(std::string_view mark) {
  std::string word(mark.substr(1, mark.size() - 2));
  for (char& c : word) c = static_cast<char>(c - 'A' + 'a');
  return word;
}

std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size()))
    text.replace(at, mark.size(), by);
  return text;
}

/// Of all documented options that are wanted.
std::string joined(std::string_view separator, auto wanted, auto text) {
  std::string all;
  for (const Option& option : cli::option_table()) {
    if (option.stands != Stands::anywhere || !wanted(option)) continue;
    all += fmt::format("{}{}", all.empty() ? "" : separator, text(option));
  }
  return all;
}

/// Those of a command that stand behind dashes.
std::vector<Option> dashed(cli::OptionTable table) {
  std::vector<Option> options;
  for (const Option& option : table) {
    if (option.stands == Stands::anywhere) options.push_back(option);
  }
  return options;
}

/// All of them, each as `text` has it.
std::string each_dashed(cli::OptionTable table, auto text) {
  std::string all;
  for (const Option& option : dashed(table)) all += text(option);
  return all;
}

bool any(const Option&) {
  return true;
}

/// "cable share keygen ..."
std::string commands() {
  std::string text;
  for (const cli::Command& command : cli::edition().commands)
    text += fmt::format("{}{}", text.empty() ? "" : " ", command.name);
  return text;
}

/// In single quotes of a shell.
std::string quoted(std::string_view text) {
  return replaced(std::string(text), "'", R"('\'')");
}

// ---- bash ----

/// "unix: udp: exec:"
std::string places(Suggest suggest) {
  std::string prefixes;
  for (const auto& kind : io::service_kinds()) {
    const std::string prefix(kind().prefix());
    // Some kinds do not listen, others do not connect.
    const bool listens = cli::parse_server_spec(prefix + "1", io::Family::any).has_value();
    const bool connects = cli::parse_client_spec(prefix + "h:1", io::Family::any).has_value() ||
                          cli::parse_client_spec(prefix + "h", io::Family::any).has_value();
    if (prefix.empty() || !(suggest == Suggest::listener ? listens : connects)) continue;
    prefixes += fmt::format("{}{}", prefixes.empty() ? "" : " ", prefix);
  }
  return prefixes;
}

/// The function of the template that suggests something.
std::string bash_function(Suggest suggest) {
  switch (suggest) {
    case Suggest::nothing:
      break;
    case Suggest::file:
    case Suggest::configuration:
      return "_serialtcp_files";
    case Suggest::device:
      return "_serialtcp_devices";
    case Suggest::speed:
      return "_serialtcp_speeds";
    case Suggest::listener:
    case Suggest::target:
      return fmt::format("_serialtcp_places {}", places(suggest));
  }
  return ":";
}

std::string bash_case(const Option& option) {
  const std::string action = option.values.empty() ? bash_function(option.suggest)
                                                   : fmt::format("_serialtcp_words {}", option.values);
  const std::string letter = option.letter != 0 ? fmt::format("-{} | ", option.letter) : "";
  return fmt::format("    {}{}) {} ;;\n", letter, spelling(option), action);
}

// ---- zsh ----

/// Within [ ] and between colons.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':') result += '\\';
    result += c;
  }
  return quoted(result);
}

std::string zsh_action(Suggest suggest) {
  switch (suggest) {
    case Suggest::nothing:
      break;
    case Suggest::file:
      return "_files";
    case Suggest::configuration:
      return "_files -g \"*.toml\"";
    case Suggest::device:
      return "_serialtcp_devices";
    case Suggest::speed:
      return "(9600 115200)";
    case Suggest::listener:
    case Suggest::target:
      return fmt::format("_serialtcp_places {}", escaped(places(suggest)));
  }
  return " ";
}

std::string zsh_line(const Option& option) {
  const std::string action =
      option.values.empty() ? zsh_action(option.suggest) : fmt::format("({})", option.values);
  // "-" and a second colon: behind an equals sign, or not at all.
  const std::string_view glued = option.alone.empty() ? "" : "=-";
  const std::string_view colons = option.alone.empty() ? ":" : "::";
  const std::string argument =
      option.is_flag() ? "" : fmt::format("{}{}:{}", colons, escaped(option.argument), action);
  const std::string rest = fmt::format("[{}]{}", escaped(option.help), argument);
  const bool repeated = option.repeated == Repeated::yes;
  const std::string full = spelling(option);
  if (option.letter == 0) return fmt::format("      '{}{}{}{}' \\\n", repeated ? "*" : "", full, glued, rest);
  const std::string which = repeated ? "'*'" : fmt::format("'(-{} {})'", option.letter, full);
  return fmt::format("      {}{{-{},{}}}'{}' \\\n", which, option.letter, full, rest);
}

// ---- fish ----

std::string fish_arguments(Suggest suggest) {
  switch (suggest) {
    case Suggest::nothing:
    case Suggest::file:
    case Suggest::configuration:
    case Suggest::speed:
      break;
    case Suggest::device:
      return "(__serialtcp_devices)";
    case Suggest::listener:
    case Suggest::target:
      return fmt::format("(__serialtcp_names) {}", places(suggest));
  }
  return "";
}

std::string fish_line(const Option& option, std::string_view where) {
  std::string text = fmt::format("complete -c serialtcp -n '{}'", where);
  if (option.letter != 0) text += fmt::format(" -s {}", option.letter);
  text += fmt::format(" -l {}", option.name);
  const std::string arguments =
      option.values.empty() ? fish_arguments(option.suggest) : std::string(option.values);
  const bool files = option.suggest == Suggest::file || option.suggest == Suggest::configuration;
  if (!option.is_flag()) text += files ? " -r -F" : option.alone.empty() ? " -x" : " -f";
  if (!arguments.empty()) text += fmt::format(" -a '{}'", arguments);
  return text + fmt::format(" -d '{}'\n", quoted(option.help));
}

// ---- Commands whose options are rows of name, value and help ----

template <typename Row>
std::string bash_options(std::span<const Row> rows) {
  std::string text;
  for (const Row& row : rows) text += fmt::format("--{} ", row.name);
  return text + "--help";
}

template <typename Row>
std::string zsh_options(std::span<const Row> rows) {
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("      '--{}[{}]{}' \\\n", row.name, escaped(row.help),
                        row.value.empty() ? "" : fmt::format(":{}: ", escaped(row.value)));
  }
  return text;
}

template <typename Row>
std::string fish_options(std::string_view command, std::span<const Row> rows) {
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("complete -c serialtcp -n '__fish_seen_subcommand_from {}' -l {}{} -d '{}'\n",
                        command, row.name, row.value.empty() ? "" : " -x", quoted(row.help));
  }
  return text;
}

}  // namespace

std::string bash_completion(std::string text) {
  const auto valued = [](const Option& option) { return !option.is_flag(); };
  const auto before_value = [](const Option& option) { return !option.is_flag() && option.alone.empty(); };
  const auto beside = [](const Option& option) { return option.beside_config == BesideConfig::yes; };
  const auto spellings = [](const Option& option) {
    return (option.letter != 0 ? fmt::format("-{} ", option.letter) : "") + spelling(option);
  };
  std::string cable;
  for (const cli::CableOption& option : cli::cable_options()) cable += fmt::format("--{} ", option.name);
  for (const auto& [mark, table] : kCommandTables) {
    std::string words = each_dashed(table(), [](const Option& option) { return spelling(option) + " "; });
    words.pop_back();
    text = replaced(std::move(text), mark, words);
  }
  text = replaced(std::move(text), "@CONSOLE@", bash_options(cli::console_options()));
  text = replaced(std::move(text), "@TEST@", bash_options(cli::test_options()));
  text = replaced(std::move(text), "@CASES@", joined("", valued, bash_case));
  text = replaced(std::move(text), "@CABLE@", cable + "--seed --help");
  text = replaced(std::move(text), "@VALUED@", joined(" ", before_value, spellings));
  text = replaced(std::move(text), "@BESIDE@", joined(" ", beside, cli::spelling));
  return replaced(std::move(text), "@OPTIONS@", joined(" ", any, cli::spelling));
}

std::string zsh_completion(std::string text) {
  std::string cable;
  for (const cli::CableOption& option : cli::cable_options())
    cable += fmt::format("      '--{}[{}]{}' \\\n", option.name, escaped(option.help),
                         option.value.empty() ? "" : fmt::format(":{}: ", escaped(option.value)));
  for (const auto& [mark, table] : kCommandTables)
    text = replaced(std::move(text), mark, each_dashed(table(), zsh_line));
  text = replaced(std::move(text), "@CONSOLE@", zsh_options(cli::console_options()));
  text = replaced(std::move(text), "@TEST@", zsh_options(cli::test_options()));
  return replaced(replaced(std::move(text), "@CABLE@", cable), "@OPTIONS@", joined("", any, zsh_line));
}

std::string fish_completion(std::string text) {
  std::string cable;
  for (const cli::CableOption& option : cli::cable_options()) {
    cable += fmt::format("complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l {}{} -d '{}'\n",
                         option.name, option.value.empty() ? "" : " -x", quoted(option.help));
  }
  for (const auto& [mark, table] : kCommandTables) {
    const std::string where = fmt::format("__fish_seen_subcommand_from {}", lower_case_within(mark));
    text =
        replaced(std::move(text), mark,
                 each_dashed(table(), [&where](const Option& option) { return fish_line(option, where); }));
  }
  text = replaced(std::move(text), "@CONSOLE@", fish_options("console", cli::console_options()));
  text = replaced(std::move(text), "@TEST@", fish_options("test", cli::test_options()));
  return replaced(replaced(std::move(text), "@CABLE@", cable), "@OPTIONS@",
                  joined("", any, [](const Option& option) {
                    return fish_line(option, fmt::format("not __fish_seen_subcommand_from {}", commands()));
                  }));
}

}  // namespace serialtcp::tools
