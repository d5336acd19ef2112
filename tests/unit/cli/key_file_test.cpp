// Key files: written once, read back, and a message for everything that can be wrong with one.
#include "cli/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace serialtcp::io {
namespace {

using ::testing::HasSubstr;

class KeyFile : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
  void TearDown() override {
    ::unlink(path("key").c_str());
    ::rmdir(directory_.c_str());
  }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  /// A file with this text that only its owner can read.
  std::string file(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path("key")) << text;
    EXPECT_EQ(::chmod(path("key").c_str(), mode), 0);
    return path("key");
  }

  std::string complaint(const std::string& file, UnsafeKeyFile policy = UnsafeKeyFile::warn) const {
    const auto loaded = read_key_file(file, policy);
    EXPECT_FALSE(loaded);
    if (loaded) return "";
    EXPECT_THAT(loaded.error(), HasSubstr(file));
    EXPECT_EQ(loaded.error().find('\n'), std::string::npos);
    return loaded.error();
  }

  static Key example() {
    std::array<Byte, Key::kSize> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(7 * i);
    return Key(bytes);
  }

 private:
  std::string directory_ = testing::TempDir() + "serialtcp-key-XXXXXX";
};

TEST_F(KeyFile, IsReadBackAndOnlyItsOwnerCanReadIt) {
  ASSERT_TRUE(write_key_file(path("key"), example()));
  struct stat status {};
  ASSERT_EQ(::stat(path("key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto loaded = read_key_file(path("key"), UnsafeKeyFile::refuse);
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(std::ranges::equal(loaded->key.bytes(), example().bytes()));
  EXPECT_FALSE(loaded->warning);
}

TEST_F(KeyFile, OfAServiceManagerMayLookAsIfTheGroupCouldReadIt) {
  const std::string name = file(format_key(example()), 0440);
  EXPECT_FALSE(read_key_file(name, UnsafeKeyFile::refuse));
  const auto at = [this](const std::string& directory) {
    ::setenv("CREDENTIALS_DIRECTORY", directory.c_str(), 1);
    const auto loaded = read_key_file(path("key"), UnsafeKeyFile::refuse);
    ::unsetenv("CREDENTIALS_DIRECTORY");
    return loaded.has_value();
  };
  EXPECT_TRUE(at(path("")));
  EXPECT_TRUE(at(path(".")));
  EXPECT_FALSE(at("/run/credentials/another.service"));
  EXPECT_FALSE(at(""));
  for (const mode_t mode : {0444U, 0460U, 0462U}) {
    file(format_key(example()), mode);
    EXPECT_FALSE(at(path(""))) << mode;
  }
}

TEST_F(KeyFile, IsNeverOverwritten) {
  file("precious");
  const auto written = write_key_file(path("key"), example());
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error(), HasSubstr("exists already"));
  std::ifstream in(path("key"));
  std::string text;
  in >> text;
  EXPECT_EQ(text, "precious");
}

TEST_F(KeyFile, IsNotWrittenThroughALinkNorToWhereThereIsNoDirectory) {
  ASSERT_EQ(::symlink("elsewhere", path("key").c_str()), 0);
  EXPECT_FALSE(write_key_file(path("key"), example()));
  EXPECT_NE(::access(path("elsewhere").c_str(), F_OK), 0);
  const auto written = write_key_file(path("none/key"), example());
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error(), HasSubstr("no such directory"));
}

TEST_F(KeyFile, ThatCannotBeWrittenWholeIsNotLeftBehind) {
  const auto written = write_key_file("/dev/full", example());
  EXPECT_FALSE(written) << "it is there already";
  const auto no_room = write_key_file("/proc/key", example());
  ASSERT_FALSE(no_room);
  EXPECT_THAT(no_room.error(), HasSubstr("/proc/key"));
}

TEST_F(KeyFile, ThatIsMissingEmptyShortLongOrSomethingElseSaysSo) {
  EXPECT_THAT(complaint(path("missing")), HasSubstr("no such file; serialtcp keygen FILE makes a key"));
  EXPECT_THAT(complaint(file("")), HasSubstr("empty"));
  EXPECT_THAT(complaint(file("\n")), HasSubstr("empty"));
  EXPECT_THAT(complaint(file("serialtcp-key-1:00ff\n")), HasSubstr("in the middle of the key"));
  EXPECT_THAT(complaint(file(format_key(example()) + format_key(example()))), HasSubstr("more than one key"));
  EXPECT_THAT(complaint(file("hunter2\n")), HasSubstr("does not contain a key of serialtcp"));
  EXPECT_THAT(complaint(file(std::string(1'000'000, 'a'))), HasSubstr("does not contain a key of serialtcp"));
}

TEST_F(KeyFile, MessagesNeverHaveAnyOfTheKeyInThem) {
  const std::string secret = "5ec2e75ec2e75ec2e75ec2e7";
  EXPECT_EQ(complaint(file("serialtcp-key-1:" + secret)).find(secret), std::string::npos);
  EXPECT_EQ(complaint(file(secret)).find(secret), std::string::npos);
}

TEST_F(KeyFile, ThatIsADirectoryOrADeviceSaysSo) {
  EXPECT_THAT(complaint(testing::TempDir()), HasSubstr("it is a directory"));
  EXPECT_THAT(complaint("/dev/null"), HasSubstr("not a regular file"));
}

TEST_F(KeyFile, ThatIsAPipeWithoutAWriterDoesNotHang) {
  ASSERT_EQ(::mkfifo(path("key").c_str(), 0600), 0);
  EXPECT_THAT(complaint(path("key")), HasSubstr("not a regular file"));
}

TEST_F(KeyFile, ThatOthersCanReadIsWarnedOfOrRefused) {
  for (const mode_t mode : {0644U, 0640U, 0604U}) {
    file(format_key(example()), mode);
    const auto loaded = read_key_file(path("key"), UnsafeKeyFile::warn);
    ASSERT_TRUE(loaded);
    ASSERT_TRUE(loaded->warning);
    EXPECT_THAT(*loaded->warning, HasSubstr("chmod 600 " + path("key")));
    EXPECT_THAT(complaint(path("key"), UnsafeKeyFile::refuse), HasSubstr("chmod 600"));
  }
}

TEST_F(KeyFile, ThatOthersCanChangeIsAsBadAsOneThatTheyCanRead) {
  for (const auto& [mode, verbs] : {std::pair<mode_t, const char*>{0620, "other users can change"},
                                    {0602, "other users can change"},
                                    {0622, "other users can change"},
                                    {0660, "other users can read and change"},
                                    {0666, "other users can read and change"}}) {
    SCOPED_TRACE(mode);
    file(format_key(example()), mode);
    const auto loaded = read_key_file(path("key"), UnsafeKeyFile::warn);
    ASSERT_TRUE(loaded);
    ASSERT_TRUE(loaded->warning);
    EXPECT_THAT(*loaded->warning,
                HasSubstr(std::string("WARNING: ") + verbs + " the key file " + path("key")));
    EXPECT_THAT(complaint(path("key"), UnsafeKeyFile::refuse),
                HasSubstr(std::string(verbs) + " it: chmod 600"));
  }
}

TEST_F(KeyFile, ThatBelongsToSomebodyElseIsWarnedOfOrRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  file(format_key(example()));
  ASSERT_EQ(::chown(path("key").c_str(), 12345, 0), 0);
  const auto loaded = read_key_file(path("key"), UnsafeKeyFile::warn);
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->warning.value_or(""), HasSubstr("user 12345, who owns it, can change the key file"));
  EXPECT_THAT(complaint(path("key"), UnsafeKeyFile::refuse), HasSubstr("chown 0 " + path("key")));
}

TEST_F(KeyFile, ThatOthersCanReplaceIsWarnedOfOrRefused) {
  file(format_key(example()));
  ASSERT_EQ(::chmod(path("").c_str(), 0777), 0);
  const auto loaded = read_key_file(path("key"), UnsafeKeyFile::warn);
  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->warning.value_or(""), HasSubstr("other users can replace the key file"));
  EXPECT_THAT(complaint(path("key"), UnsafeKeyFile::refuse), HasSubstr("directory"));
  ASSERT_EQ(::chmod(path("").c_str(), 01777), 0);  // as /tmp
  EXPECT_TRUE(read_key_file(path("key"), UnsafeKeyFile::refuse));
}

TEST_F(KeyFile, ThatCannotBeWrittenToIsFine) {
  file(format_key(example()), 0400);
  EXPECT_TRUE(read_key_file(path("key"), UnsafeKeyFile::refuse));
}

TEST_F(KeyFile, ThatMayNotBeReadSaysSo) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  EXPECT_THAT(complaint(file(format_key(example()), 0000)), HasSubstr("permission denied"));
}

}  // namespace
}  // namespace serialtcp::io
