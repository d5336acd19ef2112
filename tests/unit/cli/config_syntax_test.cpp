// Texts that are not TOML: every mistake is reported with its place, and none that is not there.
#include "cli/config_syntax.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config_mistakes.h"

namespace serialtcp::cli {
namespace {

TEST(ConfigFile, SaysWhereItIsNotToml) {
  EXPECT_EQ(mistakes("[[link]]\nport /dev\n"), "2:6: not TOML: key-value pair: expected '=', saw '/'");
  EXPECT_EQ(mistakes("[[link]]\nport = \"a\"\nport = \"b\"\n"),
            "3:8: not TOML: key-value pair: cannot redefine existing string 'port'");
  EXPECT_EQ(mistakes("[[link]]\nport = \"/dev/a\n"),
            "2:15: not TOML: a closing quote is missing, as in port = \"/dev/ttyUSB0\"");
  EXPECT_EQ(mistakes("[[link]]\nport = \"/dev/a\xff\"\n"),
            "2:14: not TOML: Encountered invalid utf-8 sequence");
  EXPECT_EQ(mistakes_of_line("hold = "), "4:8: not TOML: key-value pair: expected value, saw '\\n'");
  EXPECT_EQ(mistakes(std::string_view("[[\0]]", 5)),
            "1:3: not TOML: a control character, or one outside of quotes that is not ASCII");
  for (const char* stray : {"a = 0g\u00aa", "\u00e9 = 1", "[[l\u00efnk]]", "a = \"b\" \u00e9",
                            "a = 'b' \u00e9", "a = \"\"\"b\"\"\"\u00e9", "# \u00e9\n\u00e9 = 1"}) {
    EXPECT_NE(mistakes(stray).find("outside of quotes that is not ASCII"), std::string::npos) << stray;
  }
  EXPECT_EQ(mistakes("[[/x"),
            "1:3: not TOML: key: expected bare key starting character or string delimiter, saw '/'");
  EXPECT_EQ(mistakes("\n# \u00e9\u20ac\x1b"),
            "2:5: not TOML: a control character, or one outside of quotes that is not ASCII");
  EXPECT_NE(mistakes("a = " + std::string(100'000, '[')), "(none)") << "nested without end";
}

TEST(ConfigFile, SaysHowPathsWithBackslashesAreWritten) {
  const std::string path = R"(C:\data\cable.key)";
  const std::string link = "[[link]]\nport = 'COM3'\nserver = 1\nkey = ";
  EXPECT_NE(mistakes(link + '"' + path + "\"\n").find("in single quotes, backslashes are themselves"),
            std::string::npos);
  EXPECT_EQ(mistakes(link + '\'' + path + "'\n"), "(none)");
}

TEST(ConfigFile, TellsEveryStatementThatIsNotToml) {
  EXPECT_EQ(lines_of(R"(debug = maybe
[[link]]
name = rack
port = "/dev/a
baudrate = 115200
server = ["2222",
  "web=8080"
hold = 5

[[link]
port = "/dev/b"
server = 2223
what = 3
drain = "soon"
[[link]]
port "/dev/c"
server = 2224
)"),
            (std::vector<std::uint32_t>{1, 3, 4, 6, 10, 13, 14, 16}));
  EXPECT_EQ(lines_of("[[link]]\nport = '/dev/a\nserver = 1\n[[link]]\nport = '/dev/b\nserver = 2\n"),
            (std::vector<std::uint32_t>{2, 5}));
  EXPECT_EQ(lines_of("[link]\nport = \"/dev/a\"\nserver = 1\n[[link]]\nport = \"/dev/a\"\nserver = 2\n"),
            (std::vector<std::uint32_t>{1, 5}))
      << "and the rest is judged as well";
}

TEST(ConfigFile, FindsNoMistakeInWhatFollowsOne) {
  const std::string good =
      "[[link]]\nport = \"/dev/b\"\nserver = [\n  \"2222\", # one\n  \"web=8080\",\n]\nhold = 5\n";
  for (const char* const bad :
       {"port = /dev/a", "port = \"/dev/a", "server = [\"1\"", "server = [\"1\", 2", "name = \"\"\"x", "port",
        "port /dev/a", "= 3", "name = \"a\" \"b\"", "[[link]", "[link", "name = 'a\\", "\x01"}) {
    SCOPED_TRACE(bad);
    const std::string one = fmt::format("[[link]]\nport = \"/dev/a\"\nserver = 1\n{}\n", bad);
    EXPECT_EQ(lines_of(one + good), std::vector<std::uint32_t>{4});
    EXPECT_EQ(lines_of(good + one), std::vector<std::uint32_t>{11});
    EXPECT_EQ(lines_of(one + good.substr(0, good.size() - 9) + "hold = \"x\"\n").front(), 4U);
    EXPECT_EQ(lines_of(one + good.substr(0, good.size() - 9) + "hold = \"x\"\n").size(), 2U);
  }
}

TEST(ConfigFile, SaysWhereQuotesAndBracketsAreMissing) {
  EXPECT_EQ(mistakes_of_line("name = rack"), "4:8: not TOML: text stands in quotes, as in name = \"rack-3\"");
  EXPECT_EQ(mistakes_of_line("key = /etc/a.key"),
            "4:7: not TOML: text stands in quotes, as in key = \"/etc/serialtcp/cable.key\"");
  EXPECT_NE(mistakes_of_line("client = [\"a:1\", web=b:1]").find("text stands in quotes, as in client = "),
            std::string::npos);
  EXPECT_NE(mistakes_of_line("client = 127.0.0.1:80").find("text stands in quotes"), std::string::npos);
  EXPECT_NE(mistakes_of_line("name = \"rack").find("a closing quote is missing"), std::string::npos);
  EXPECT_NE(mistakes_of_line("client = [\"a:1]").find("a closing quote is missing"), std::string::npos);
  EXPECT_NE(mistakes_of_line("client = [\"a:1\"").find("a closing bracket is missing, as in client = "),
            std::string::npos);
  EXPECT_EQ(mistakes_of_line("rtscts = yes"),
            "4:10: not TOML: true or false is expected, as in rtscts = true");
  EXPECT_NE(mistakes_of_line("colour = red").find("not TOML: text stands in quotes"), std::string::npos);
}

TEST(ConfigFile, ReportsABoundedNumberOfSyntaxErrorsInABoundedTime) {
  const auto many = [](std::string_view line) {
    std::string text = "[[link]]\n";
    while (text.size() + line.size() < kMaxConfigSize) text += line;
    return text;
  };
  // The last kind has strings of several lines that never end, since their quotes are escaped.
  for (const char* const line : {"port = /dev/a\n", "x\n", "[[link]\n", "a = \\\"\"\"\n"}) {
    SCOPED_TRACE(line);
    const auto parsed = parse_config(many(line));
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().size(), 1U) << "so many statements are not looked at one by one";
  }
  std::string less;
  for (int i = 0; i < 5000; ++i) less += "port = /dev/a\n";
  EXPECT_GT(lines_of(less).size(), kMaxMistakesTold);
  EXPECT_LT(lines_of(less).size(), 100U);
  EXPECT_EQ(lines_of(many("#\n") + "port = /dev/a\nserver = 1\nkey\n").size(), 2U);
}

}  // namespace
}  // namespace serialtcp::cli
