// The log of a console: its bytes, with and without times, wherever the pieces end, and its replacement.
#include "console/console_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string_view>

#include "temporary_folder.h"

namespace serialtcp::console {
namespace {

using Stamps = ConsoleLog::Stamps;
const io::RecordOutput::Rules kKept{.before = io::RecordOutput::Rules::Before::kept};

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(ConsoleLogTest, PutsTheTimeBeforeEachLineWhereverPiecesEnd) {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  ConsoleLog log(path, kKept);
  ASSERT_FALSE(log.open());
  log.write(bytes("one\n"), Stamps::no);
  for (const std::string_view piece : {"t", "wo\nth", "ree"}) log.write(bytes(piece), Stamps::yes);
  log.close();
  const std::regex expected(R"(one\n\[[^\]]+\] two\n\[[^\]]+\] three)");
  EXPECT_TRUE(std::regex_match(contents(path), expected)) << contents(path);
}

TEST(ConsoleLogTest, IsAppendedTo) {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  for (int i = 0; i < 2; ++i) {
    ConsoleLog log(path, kKept);
    ASSERT_FALSE(log.open());
    EXPECT_TRUE(log.is_open());
    log.write(bytes("a"), Stamps::no);
  }
  EXPECT_EQ(contents(path), "aa");
}

TEST(ConsoleLogTest, SaysWhyItCannotBeOpened) {
  const TemporaryFolder folder;
  ConsoleLog log(folder.path(), kKept);
  const auto problem = log.open();
  ASSERT_TRUE(problem);
  EXPECT_NE(problem->find("is a directory"), std::string::npos) << *problem;
  EXPECT_FALSE(log.is_open());
  log.write(bytes("nothing happens"), Stamps::no);
}

}  // namespace
}  // namespace serialtcp::console
