#include "tools/manual_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/option_table.h"
#include "cli/table_kind.h"

namespace serialtcp::tools {

namespace {

using cli::Option;
using cli::Section;
using cli::Stands;
using cli::Toml;

// ---- An argument as mdoc ----

/// "[NAME=]WHERE" as [ NAME = ] WHERE. A word has letters, digits, '_' and '.'.
std::vector<std::string> tokens(std::string_view argument) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  };
  std::vector<std::string> found;
  for (const char c : argument) {
    if (in_word(c) && !found.empty() && in_word(found.back().back())) {
      found.back() += c;
    } else {
      found.emplace_back(1, c);
    }
  }
  return found;
}

bool is_fixed(const Option& option, const std::string& word) {
  std::istringstream values{std::string(option.values)};
  for (std::string value; values >> value;) {
    if (value == word) return true;
  }
  return false;
}

/// A word that stands for a value is in capitals in --help, and underlined here.
std::string as_macro(const Option& option, const std::string& token) {
  if (token == "[") return "Oo";
  if (token == "]") return "Oc";
  if (token.size() == 1 && std::ispunct(static_cast<unsigned char>(token[0])) != 0) return token;
  if (token == "...") return token;
  if (is_fixed(option, token)) return fmt::format("Cm {}", token);
  std::string lower = token;
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return fmt::format("Ar {}", lower);
}

/// "Oo Ar name Ns = Oc Ns Ar where": Ns is needed where mdoc would put a blank.
std::string mdoc(const Option& option) {
  std::string text;
  std::string before;
  for (const std::string& token : tokens(option.argument)) {
    const bool glued = before.empty() || before == "[" || before == "|";
    const bool closes = token == "]" || token == ":" || token == "," || token == "|";
    text += fmt::format("{}{}", glued || closes ? " " : " Ns ", as_macro(option, token));
    before = token;
  }
  return text;
}

std::string head(const Option& option) {
  const std::string letter = option.letter != 0 ? fmt::format("Fl {} , ", option.letter) : "";
  const std::string_view glue = option.alone.empty() ? "" : " Ns";
  return fmt::format(".It {}Fl -{}{}{}\n", letter, option.name, glue, mdoc(option));
}

/// A line of --help as a sentence.
std::string sentence(const Option& option) {
  std::string text(option.help);
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".\n";
}

// ---- Lists in a page ----

/// Each list of a page anew: `make` gets what stands behind "begin options: " and what the list is now.
using Make = std::function<std::string(const std::string& what, const std::string& now)>;

std::expected<std::string, std::string> renewed(const std::string& page, const std::string& kind,
                                                const Make& make) {
  const std::string begin = fmt::format(".\\\" begin {}: ", kind);
  const std::string end = fmt::format(".\\\" end {}\n", kind);
  std::string result;
  std::size_t at = 0;
  while (true) {
    const std::size_t mark = page.find(begin, at);
    if (mark == std::string::npos) break;
    const std::size_t line = page.find('\n', mark) + 1;
    const std::size_t stop = page.find(end, line);
    if (stop == std::string::npos) return std::unexpected(fmt::format("a list of {} has no end", kind));
    const std::string what = page.substr(mark + begin.size(), line - 1 - mark - begin.size());
    result += page.substr(at, line - at) + make(what, page.substr(line, stop - line));
    at = stop;
  }
  if (at == 0) return std::unexpected(fmt::format("a manual page has no list of {}", kind));
  return result + page.substr(at);
}

/// The prose below each head, by the long name of the option.
std::map<std::string, std::string> prose_of(const std::string& list) {
  static const std::regex kHead(R"(^\.It (?:Fl \S+ , )?Fl -(\S+).*)");
  std::map<std::string, std::string> prose;
  std::istringstream lines(list);
  std::string option;
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, kHead)) {
      option = match[1];
    } else if (!option.empty() && line != ".El") {
      prose[option] += line + "\n";
    }
  }
  return prose;
}

constexpr std::string_view kListBegin = ".Bl -tag -width Ds\n";
constexpr std::string_view kListEnd = ".El\n";

/// As the comments call it; nothing for options that have no list.
std::string_view name_of(Section section) {
  switch (section) {
    case Section::cable:
    case Section::table:  // a page of its own
      break;
    case Section::services:
      return "services";
    case Section::forwarding:
      return "forwarding";
    case Section::addresses:
      return "addresses";
    case Section::port:
      return "port";
    case Section::link:
      return "link";
    case Section::install:
      return "install";
    case Section::program:
      return "program";
  }
  return "";
}

std::string key_list(cli::OptionTable rows, cli::Of of) {
  std::string text(kListBegin);
  for (const Option& option : rows) {
    if (!cli::has_key(option, of)) continue;
    const std::string example = std::regex_replace(std::string(option.example), std::regex("\""), "\\(dq");
    text += fmt::format(".It Li {} = {}\n", option.name, example);
    std::string type(cli::expected(option.toml));
    type[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(type[0])));
    text += fmt::format("{}:\n{}.\n", type, option.help);
  }
  return text + std::string(kListEnd);
}

}  // namespace

std::expected<std::string, std::string> with_options(const std::string& page) {
  return renewed(page, "options", [](const std::string& what, const std::string& now) {
    const std::map<std::string, std::string> prose = prose_of(now);
    std::string list(kListBegin);
    for (const Option& option : cli::option_table()) {
      if (option.stands != Stands::anywhere || name_of(option.section) != what) continue;
      const auto found = prose.find(std::string(option.name));
      list += head(option) + (found != prose.end() ? found->second : sentence(option));
    }
    return list + std::string(kListEnd);
  });
}

std::expected<std::string, std::string> with_keys(const std::string& page) {
  return renewed(page, "keys", [](const std::string& what, const std::string&) {
    for (const cli::TableKindOf kind : cli::table_kinds()) {
      if (kind().words().name == what) return key_list(kind().rows(), cli::Of::one_table);
    }
    return key_list(cli::option_table(), cli::Of::whole_file);
  });
}

}  // namespace serialtcp::tools
