// The file with what a port delivers: as it is, with times, bounded, and on a disk that is full for a while.
#include "os/capture_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace serialtcp::io {
namespace {

ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

class CaptureFileTest : public testing::Test {
 protected:
  CaptureFileTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "captureXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~CaptureFileTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/log"; }
  std::string content(const std::string& end = "") const {
    std::ifstream file(path() + end);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string folder_;
};

TEST_F(CaptureFileTest, AppendsTheBytesAsTheyAre) {
  for (const std::string& text : {std::string("a\0b\xff\r\n", 6), std::string("more")}) {
    CaptureFile file({.path = path()});
    ASSERT_FALSE(file.open());
    file.write(bytes_of(text));
  }
  EXPECT_EQ(content(), std::string("a\0b\xff\r\nmore", 10));
  struct stat info {};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(CaptureFileTest, PutsTheTimeBeforeEachLineWhereverPiecesEnd) {
  CaptureFile file({.path = path(), .stamps = CaptureFile::Stamps::yes});
  ASSERT_FALSE(file.open());
  for (const std::string_view piece : {"on", "e\r", "\ntwo\n", "\n", "four"}) file.write(bytes_of(piece));
  const std::string time = R"(\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] )";
  EXPECT_TRUE(std::regex_match(content(),
                               std::regex(time + "one\r\n" + time + "two\n" + time + "\n" + time + "four")))
      << content();
}

TEST_F(CaptureFileTest, SaysWhyItCannotBeOpened) {
  CaptureFile file({.path = folder_});
  EXPECT_EQ(file.open(), "is a directory");
  EXPECT_FALSE(file.is_open());
  file.write(bytes_of("x"));
}

TEST_F(CaptureFileTest, IsRenamedWhenItIsLarge) {
  CaptureFile file({.path = path(), .most = 10, .kept = 2});
  ASSERT_FALSE(file.open());
  for (const std::string_view piece : {"0123456789", "abcdefghij", "ABCDEFGHIJ", "next"})
    file.write(bytes_of(piece));
  EXPECT_EQ(content(), "next");
  EXPECT_EQ(content(".1"), "ABCDEFGHIJ");
  EXPECT_EQ(content(".2"), "abcdefghij");
  EXPECT_FALSE(std::filesystem::exists(path() + ".3"));
}

TEST_F(CaptureFileTest, GoesOnInANewFileAfterItWasRenamed) {
  CaptureFile file({.path = path()});
  ASSERT_FALSE(file.open());
  file.write(bytes_of("old"));
  std::filesystem::rename(path(), path() + ".old");
  ASSERT_FALSE(file.open_again());
  file.write(bytes_of("new"));
  EXPECT_EQ(content(), "new");
  EXPECT_EQ(content(".old"), "old");
}

/// A disk that is full is a file that may not grow.
class Full {
 public:
  explicit Full(rlim_t size) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{size, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~Full() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(CaptureFileTest, MarksWhatIsMissingAfterTheDiskWasFull) {
  CaptureFile file({.path = path()});
  ASSERT_FALSE(file.open());
  {
    const Full full(10);
    file.write(bytes_of("before"));
    file.write(bytes_of("in between"));
    EXPECT_TRUE(file.take_problem());
    file.write(bytes_of("and more"));
    EXPECT_FALSE(file.take_problem()) << "said once";
  }
  file.write(bytes_of("after"));
  EXPECT_EQ(content(), "beforein b\n[serialtcp: 14 bytes lost]\nafter");
  EXPECT_FALSE(file.take_problem());
}

}  // namespace
}  // namespace serialtcp::io
