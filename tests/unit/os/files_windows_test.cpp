// Paths of Windows, and files by names that are not ASCII.
#include <gtest/gtest.h>

#include <set>

#include "os/environment.h"
#include "os/expression.h"
#include "os/file_text.h"
#include "os/files.h"
#include "os/line_sink.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::io {
namespace {

TEST(WindowsPathText, FileAndFolder) {
  const struct {
    const char* path;
    const char* file;
    const char* folder;
  } cases[] = {{"a", "a", "."},
               {R"(C:\a)", "a", R"(C:\)"},
               {R"(C:\a\b)", "b", R"(C:\a)"},
               {"C:/a/b", "b", "C:/a"},
               {R"(a\b)", "b", "a"},
               {R"(a\\b)", "b", "a"},
               {R"(C:a)", "a", "C:"},
               {R"(\\.\COM12)", "COM12", R"(\\.)"},
               {R"(\a)", "a", R"(\)"},
               {"", "", "."}};
  for (const auto& [path, file, folder] : cases) {
    EXPECT_EQ(file_name(path), file) << path;
    EXPECT_EQ(folder_of(path), folder) << path;
  }
}

TEST(WindowsPathText, Normal) {
  EXPECT_EQ(normal_path("C:/a/./b/../c/"), R"(C:\a\c)");
  EXPECT_EQ(normal_path(R"(a\..\..\b)"), R"(..\b)");
  EXPECT_EQ(normal_path(R"(C:\..\a)"), R"(C:\a)");
  EXPECT_EQ(normal_path(""), ".");
}

class WindowsFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = environment_text("TEMP") + "\\serialtcp grün";
    file_ = folder_ + "\\schlüssel.txt";
    ::CreateDirectoryW(wide_text(folder_).c_str(), nullptr);
  }
  void TearDown() override {
    ::DeleteFileW(wide_text(file_).c_str());
    ::RemoveDirectoryW(wide_text(folder_).c_str());
  }

  std::string folder_;
  std::string file_;
};

TEST_F(WindowsFiles, AreMadeReadAndFound) {
  std::error_code error;
  EXPECT_EQ(file_kind(file_, error), FileKind::none);
  EXPECT_EQ(why_not_writable(file_), 0);
  EXPECT_FALSE(exists(file_));
  EXPECT_EQ(whole_file_text(file_, 10).error(), ENOENT);
  {
    const auto sink = file_sink(file_);
    ASSERT_TRUE(sink);
    EXPECT_TRUE((*sink)->write("eins\n"));
    EXPECT_TRUE((*sink)->write("zwei\n"));
    EXPECT_EQ(file_text(file_, 100), "eins\nzwei\n");  // while it is open
  }
  EXPECT_EQ(whole_file_text(file_, 4), "eins");
  EXPECT_EQ(path_kind(file_, error), PathKind::regular);
  EXPECT_EQ(path_kind(folder_, error), PathKind::folder);
  EXPECT_EQ(why_not_writable(folder_), EISDIR);
  EXPECT_TRUE(is_same_file(file_, folder_ + "/./schlüssel.txt"));
  EXPECT_FALSE(is_same_file(file_, folder_));
  std::set<std::string> names;
  for_each_name(folder_, 10, [&names](const std::string& name) { names.insert(name); });
  EXPECT_EQ(names, std::set<std::string>{"schlüssel.txt"});
  EXPECT_EQ(file_name(real_path(file_)), "schlüssel.txt");
}

TEST(WindowsEnvironment, ReadsWhatIsNoAscii) {
  ::SetEnvironmentVariableW(L"SERIALTCP_TEST", L"\u00fcber");
  EXPECT_EQ(environment_variable("SERIALTCP_TEST"), "über");
  ::SetEnvironmentVariableW(L"SERIALTCP_TEST", std::wstring(300, L'x').c_str());
  EXPECT_EQ(environment_text("SERIALTCP_TEST"), std::string(300, 'x'));
  ::SetEnvironmentVariableW(L"SERIALTCP_TEST", nullptr);
  EXPECT_EQ(environment_variable("SERIALTCP_TEST"), std::nullopt);
}

TEST(WindowsExpression, FitsAndIsRefused) {
  EXPECT_TRUE(Expression("log(in|on): *$").fits("board LOGIN: "));
  EXPECT_FALSE(Expression("login", Expression::Case::counts).fits("LOGIN"));
  EXPECT_TRUE(Expression("^b\\d+$", Expression::Case::counts, Expression::Ends::of_lines).fits("a\nb12\nc"));
  EXPECT_NE(Expression("a(").problem(), "");
  EXPECT_EQ(Expression("a.b").problem(), "");
  // It would take an algorithm that tries all ways longer than anybody waits.
  EXPECT_FALSE(Expression("(a*)*b").fits(std::string(40, 'a')));
}

}  // namespace
}  // namespace serialtcp::io
