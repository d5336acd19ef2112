// What --help and --version answer.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "cli/options.h"

namespace serialtcp::cli {
namespace {

TEST(Help, FitsOnAScreenAndShowsTheTwoCommands) {
  const auto parsed = parse_options(std::vector<const char*>{"--help"});
  ASSERT_FALSE(parsed);
  const std::string text = std::get<Answer>(parsed.error()).text;
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_LE(count, 50);
  for (const char* part :
       {"serialtcp --server 1234 /dev/ttyUSB0", "serialtcp --client 192.168.0.1:22 /dev/ttyUSB0",
        "serialtcp cable", "Exit status", "--sync-timeout"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(text.find("--test-port-file"), std::string::npos) << "hidden";
}

TEST(Help, IsGivenWhateverElseIsWrong) {
  const auto parsed = parse_options(std::vector<const char*>{"--nonsense", "-h"});
  ASSERT_FALSE(parsed);
  EXPECT_TRUE(std::holds_alternative<Answer>(parsed.error()));
}

TEST(Help, VersionIsOneLine) {
  const auto parsed = parse_options(std::vector<const char*>{"--version"});
  ASSERT_FALSE(parsed);
  const std::string text = std::get<Answer>(parsed.error()).text;
  EXPECT_EQ(text.substr(0, 10), "serialtcp ");
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

}  // namespace
}  // namespace serialtcp::cli
