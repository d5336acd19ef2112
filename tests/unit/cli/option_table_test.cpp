// The option table: each row is complete and true, whatever is added to it.
#include "cli/option_table.h"
#include "cli/net_options.h"
#include "cli/share_options.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/config_file.h"

namespace serialtcp::cli {
namespace {

/// "300 or \"never\"" are two examples.
std::vector<std::string> examples(const Option& option) {
  const std::string_view text = option.example;
  const std::size_t middle = text.find(" or ");
  if (middle == std::string_view::npos) return {std::string(text)};
  return {std::string(text.substr(0, middle)), std::string(text.substr(middle + 4))};
}

std::vector<std::string> words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  return {std::istream_iterator<std::string>(stream), {}};
}

/// What is wrong with a link that has this beside what it needs.
std::string mistakes_with(const Option& option, const std::string& value) {
  std::string text = "[[link]]\n";
  if (option.name != "port") text += "port = \"/dev/a\"\n";
  if (option.name != "server") text += "server = 1\n";
  if (option.name == "strict") text += "key = \"k\"\n";
  const auto config = parse_config(fmt::format("{}{} = {}\n", text, option.name, value));
  return config ? "" : config.error().front().text;
}

TEST(OptionTable, HasEachNameAndEachLetterOnce) {
  for (const OptionTable table : {option_table(), share_option_table(), net_option_table()}) {
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const Option& option : table) {
      EXPECT_TRUE(names.insert(option.name).second) << option.name;
      if (option.letter != 0) {
        EXPECT_TRUE(letters.insert(option.letter).second) << option.name;
      }
      EXPECT_EQ(find_option(option.name, table), &option);
      EXPECT_EQ(find_option(fmt::format("--{}", option.name), table), &option);
    }
    EXPECT_EQ(find_option("nonsense", table), nullptr);
  }
}

TEST(ShareOptionTable, HasCompleteRows) {
  constexpr std::size_t kRoom = 51;  // beside the names, in a line of 80
  for (const Option& option : share_option_table()) {
    SCOPED_TRACE(option.name);
    EXPECT_FALSE(option.help.empty());
    EXPECT_LE(option.help.size(), kRoom);
    EXPECT_EQ(option.toml == Toml::none, option.example.empty()) << "a key has an example";
    if (option.name != "help") {
      EXPECT_TRUE(std::holds_alternative<PutInTable>(option.put));
    }
    if (!option.excludes.empty()) {
      EXPECT_NE(find_option(option.excludes, share_option_table()), nullptr);
    }
  }
}

TEST(NetOptionTable, HasCompleteRows) {
  constexpr std::size_t kRoom = 51;  // beside the names, in a line of 80
  for (const Option& option : net_option_table()) {
    SCOPED_TRACE(option.name);
    EXPECT_FALSE(option.help.empty());
    EXPECT_LE(option.help.size(), kRoom);
    EXPECT_EQ(option.toml == Toml::none, option.example.empty()) << "a key has an example";
    if (option.name != "help") {
      EXPECT_TRUE(std::holds_alternative<PutInTable>(option.put));
    }
  }
}

TEST(NetOptionTable, HasExamplesThatTheConfigurationFileTakes) {
  for (const Option& option : net_option_table()) {
    if (option.toml == Toml::none) continue;
    SCOPED_TRACE(option.name);
    const std::string_view port = option.name == "port" ? "" : "port = \"/dev/a\"\n";
    const std::string_view login = option.name == "noauth" ? "login = \"f\"\n" : "";
    const auto config =
        parse_config(fmt::format("[[net]]\n{}{}{} = {}\n", port, login, option.name, option.example));
    EXPECT_TRUE(config) << config.error().front().text;
  }
}

TEST(ShareOptionTable, IsReadAsTheOneOfLinksIs) {
  const auto problem = [](std::vector<const char*> words) {
    const auto parsed = parse_share_options(words, SharedAs::share);
    return parsed ? "" : std::get<UsageError>(parsed.error()).text;
  };
  EXPECT_EQ(problem({"/dev/x", "--raw", "1"}), "");
  EXPECT_EQ(problem({"--raw=1", "/dev/x", "9600", "--time", "--log=f"}), "") << "abbreviated";
  EXPECT_EQ(problem({"/dev/x", "--rwa", "1"}), "unknown option --rwa: did you mean '--raw'?");
  EXPECT_EQ(problem({"/dev/x", "--raw"}), "argument --raw: a value is expected");
  EXPECT_EQ(problem({"/dev/x", "1", "2"}), "unexpected '2': only SERIALPORT and BAUDRATE stand alone");
  EXPECT_EQ(problem({"--raw", "1"}), "SERIALPORT is required, as in /dev/ttyUSB0");
}

TEST(OptionTable, HasCompleteRows) {
  for (const Option& option : option_table()) {
    SCOPED_TRACE(option.name);
    EXPECT_FALSE(option.help.empty());
    EXPECT_EQ(std::ranges::count(option.help, '('), std::ranges::count(option.help, ')')) << option.help;
    EXPECT_EQ(option.toml == Toml::none, option.example.empty()) << "a key has an example";
    EXPECT_EQ(option.most != 0, option.most != 0 && option.repeated == Repeated::yes);
    EXPECT_EQ(option.excludes.empty(), option.otherwise.empty());
    if (!option.excludes.empty()) {
      EXPECT_NE(find_option(option.excludes), nullptr);
    }
    if (option.of_link() && option.stands != Stands::by_command) {
      EXPECT_NE(option.toml, Toml::none) << "what one link can have, a file of links can say";
    }
    EXPECT_EQ(option.argument.starts_with("[="), !option.alone.empty()) << "its value is optional";
    for (const std::string& value : words(option.values)) {
      const bool listed = option.argument.find(value) != std::string_view::npos;
      EXPECT_TRUE(listed || option.argument.find("WORD") != std::string_view::npos) << value;
    }
  }
}

TEST(OptionTable, HasExamplesThatTheConfigurationFileTakes) {
  for (const Option& option : option_table()) {
    if (option.toml == Toml::none || !option.of_link()) continue;
    for (const std::string& example : examples(option)) {
      SCOPED_TRACE(fmt::format("{} = {}", option.name, example));
      EXPECT_EQ(mistakes_with(option, example), "");
    }
  }
}

TEST(OptionTable, HasFixedValuesThatTheCommandLineTakes) {
  for (const Option& option : option_table()) {
    for (const std::string& value : words(option.values)) {
      const std::string name = spelling(option);
      const std::string whole = fmt::format("{}={}{}", name, value, value.ends_with('=') ? "1" : "");
      EXPECT_TRUE(parse_options(std::vector<const char*>{"-s", "1", "x", whole.c_str()})) << whole;
      if (!option.alone.empty()) continue;
      EXPECT_TRUE(parse_options(std::vector<const char*>{"-s", "1", "x", name.c_str(), value.c_str()}))
          << name << " " << value;
    }
  }
}

TEST(OptionTable, SaysWhichOptionsExcludeEachOther) {
  for (const Option& option : option_table()) {
    if (option.excludes.empty()) continue;
    const std::string one = spelling(option);
    const std::string other = fmt::format("--{}", option.excludes);
    const auto parsed = parse_options(std::vector<const char*>{"-s", "1", "x", one.c_str(), other.c_str()});
    ASSERT_FALSE(parsed) << one;
    EXPECT_EQ(std::get<UsageError>(parsed.error()).text,
              fmt::format("{} and {} exclude each other: without both, {}", one, other, option.otherwise));
  }
}

}  // namespace
}  // namespace serialtcp::cli
