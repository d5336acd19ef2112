// The text of paths beside std::filesystem, and what is at paths of a temporary folder.
#include "os/files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace serialtcp::io {
namespace {

TEST(PathText, FileAndFolder) {
  const struct {
    const char* path;
    const char* file;
    const char* folder;
  } cases[] = {{"a", "a", "."},         {"/a", "a", "/"}, {"/a/b", "b", "/a"}, {"a/b", "b", "a"},
               {"a//b", "b", "a"},      {"a/", "", "a"},  {"/", "", "/"},      {"", "", "."},
               {"../x/y", "y", "../x"}, {"//a", "a", "/"}};
  for (const auto& [path, file, folder] : cases) {
    EXPECT_EQ(file_name(path), file) << path;
    EXPECT_EQ(folder_of(path), folder) << path;
  }
}

// As std::filesystem has it, but for the slash at the end.
TEST(PathText, IsNormalAsTheStandardHasIt) {
  for (const char* const path :
       {"a", "/a", "/a/b", "a/./b", "a/../b", "../a", "../../a", "/..", "/../a", "a/..", "/", ".", "./a",
        "a//b", "a/b/../../c", "a/../../b", "/a/../../b", "a/b/..", "//a"}) {
    std::string expected = std::filesystem::path(path).lexically_normal().string();
    if (expected.size() > 1 && expected.ends_with('/')) expected.pop_back();
    EXPECT_EQ(normal_path(path), expected) << path;
  }
  EXPECT_EQ(normal_path("a/"), "a");
  EXPECT_EQ(normal_path(""), ".");
}

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/serialtcp-files-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder_ = std::filesystem::canonical(name).string();
    std::ofstream(folder_ + "/file") << "x";
    std::filesystem::create_symlink("file", folder_ + "/link");
    std::filesystem::create_symlink("nowhere", folder_ + "/dangling");
    std::filesystem::create_directory(folder_ + "/sub");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(FilesTest, SaysWhatIsThere) {
  std::error_code error;
  EXPECT_EQ(file_kind(folder_ + "/none", error), FileKind::none);
  EXPECT_EQ(file_kind(folder_ + "/file", error), FileKind::other);
  EXPECT_EQ(file_kind(folder_ + "/link", error), FileKind::link);
  EXPECT_EQ(file_kind(folder_ + "/dangling", error), FileKind::link);
  EXPECT_FALSE(error);
  EXPECT_EQ(file_kind(folder_ + "/" + std::string(300, 'x'), error), FileKind::unknown);
  EXPECT_EQ(error, std::errc::filename_too_long);
  EXPECT_TRUE(exists(folder_ + "/link"));
  EXPECT_FALSE(exists(folder_ + "/dangling"));
  EXPECT_TRUE(is_character_device("/dev/null"));
  EXPECT_FALSE(is_character_device(folder_ + "/file"));
  EXPECT_TRUE(is_same_file(folder_ + "/file", folder_ + "/link"));
  EXPECT_FALSE(is_same_file(folder_ + "/file", folder_));
  EXPECT_FALSE(is_same_file(folder_ + "/none", folder_ + "/none"));
}

TEST_F(FilesTest, ResolvesLinks) {
  EXPECT_EQ(real_path(folder_ + "/sub/../link"), folder_ + "/file");
  EXPECT_EQ(real_path(folder_ + "/dangling"), "");
  EXPECT_EQ(link_target(folder_ + "/dangling"), "nowhere");
  EXPECT_EQ(link_target(folder_ + "/file"), "");
  EXPECT_EQ(resolved_path(folder_ + "/link"), folder_ + "/file");
  EXPECT_EQ(resolved_path(folder_ + "/sub/new/../x"), folder_ + "/sub/x");
  EXPECT_EQ(resolved_path("/none/../of/these"), "/of/these");
  EXPECT_EQ(resolved_path("new"), std::filesystem::current_path().string() + "/new");
}

TEST_F(FilesTest, NamesOfAFolder) {
  std::set<std::string> names;
  for_each_name(folder_, 100, [&names](const std::string& name) { names.insert(name); });
  EXPECT_EQ(names, (std::set<std::string>{"dangling", "file", "link", "sub"}));
  int count = 0;
  for_each_name(folder_, 2, [&count](const std::string&) { ++count; });
  EXPECT_EQ(count, 2);
  for_each_name(folder_ + "/none", 2, [](const std::string&) { ADD_FAILURE(); });
}

}  // namespace
}  // namespace serialtcp::io
