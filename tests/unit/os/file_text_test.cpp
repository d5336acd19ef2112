// Small files of the system, and the lines and words of a text.
#include "os/file_text.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

std::vector<std::string> all(std::string_view text, std::string_view (*take)(std::string_view&)) {
  std::vector<std::string> parts;
  while (!text.empty()) parts.emplace_back(take(text));
  return parts;
}

TEST(FileText, IsReadUpToALimit) {
  const TemporaryFolder folder;
  const std::string name = folder.file("x");
  const std::string content(10'000, 'y');
  std::ofstream(name) << content;
  EXPECT_EQ(file_text(name, 100'000), content);
  EXPECT_EQ(file_text(name, 10'000), content);
  EXPECT_EQ(file_text(name, 5000), content.substr(0, 5000));
  EXPECT_EQ(file_text(name, 0), "");
}

TEST(FileText, OfWhatCannotBeReadIsEmptyAndNothingWaits) {
  const TemporaryFolder folder;
  EXPECT_EQ(file_text(folder.file("none"), 10), "");
  EXPECT_EQ(file_text(folder.path(), 10), "");
  ASSERT_EQ(::mkfifo(folder.file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(file_text(folder.file("fifo"), 10), "");
}

TEST(FileText, HasLinesAlsoEmptyOnesAndOneWithoutAnEnd) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(all("a\n\nb c\n", &take_line), (Lines{"a", "", "b c"}));
  EXPECT_EQ(all("a\nb", &take_line), (Lines{"a", "b"}));
  EXPECT_EQ(all("", &take_line), Lines());
}

TEST(FileText, HasWordsBetweenBlanks) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(all(" 3: \tFLOCK\nx", &take_word), (Words{"3:", "FLOCK", "x"}));
  std::string_view blank = " \n ";
  EXPECT_EQ(take_word(blank), "");
  EXPECT_TRUE(blank.empty());
}

}  // namespace
}  // namespace serialtcp::io
