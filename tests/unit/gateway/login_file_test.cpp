// The file of --login: what is in it, and who else can read it.
#include "gateway/login_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "temporary_folder.h"

namespace serialtcp::gateway {
namespace {

std::string problem(std::string_view text) {
  const auto logins = parse_logins(text);
  return logins ? "" : logins.error();
}

TEST(LoginFile, HasANameAndAPasswordALine) {
  const auto logins =
      parse_logins("# of the rack\n\n  anna s3cret\nbert\ttwo words # and more \r\n#eve x\nco\xC3\xA9 x");
  ASSERT_TRUE(logins) << logins.error();
  ASSERT_EQ(logins->size(), 3U);
  EXPECT_EQ(logins->at(0).name, "anna");
  EXPECT_EQ(logins->at(0).secret, "s3cret");
  EXPECT_EQ(logins->at(1).name, "bert");
  EXPECT_EQ(logins->at(1).secret, "two words # and more");
  EXPECT_EQ(logins->at(2).name, "co\xC3\xA9");
}

TEST(LoginFile, SaysInWhichLineItIsWrongAndNoPassword) {
  EXPECT_EQ(problem(""), "there is no name in it: write a line NAME PASSWORD");
  EXPECT_EQ(problem("# anna s3cret\n \n"), problem(""));
  EXPECT_EQ(problem("anna s3cret\n\nbert \n"), "line 3: NAME PASSWORD is expected, and there is no password");
  EXPECT_EQ(problem("anna s3cret\nanna other\n"), "line 2: there is a password for this name above");
  EXPECT_EQ(problem("anna s3\x01"
                    "cret\n"),
            "line 1: it has a character that is no text");
  EXPECT_EQ(problem(std::string("anna s3\0cret\n", 13)), "line 1: it has a character that is no text");
  const std::string longest(255, 'x');
  EXPECT_EQ(problem(longest + " " + longest), "");
  EXPECT_EQ(problem(longest + "x y"), "line 1: a name or a password has more than 255 characters");
  EXPECT_EQ(problem("y " + longest + "x"), "line 1: a name or a password has more than 255 characters");
  std::string many;
  for (std::size_t i = 0; i < kMostLogins; ++i) many += fmt::format("n{} p\n", i);
  EXPECT_EQ(problem(many), "");
  EXPECT_EQ(problem(many + "anna s3cret\n"), "it has more than 256 names");
  EXPECT_EQ(problem(std::string(kMostLoginText + 1, '#')), "it has more than 65536 bytes");
}

struct LoginFileOnDisk : testing::Test {
  std::string problem(mode_t mode) {
    std::ofstream(path) << "anna s3cret\n";
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    const auto logins = read_login_file(path);
    return logins ? "" : logins.error();
  }
  TemporaryFolder folder;
  const std::string path = folder.file("logins");
};

TEST_F(LoginFileOnDisk, IsForItsUserOnly) {
  EXPECT_EQ(problem(0600), "");
  EXPECT_EQ(problem(0400), "");
  const std::string beginning = "Could not use the login file " + path + ": ";
  EXPECT_EQ(problem(0640), beginning + "other users can read it: chmod 600 " + path);
  EXPECT_EQ(problem(0604), problem(0640));
  EXPECT_EQ(problem(0620), beginning + "other users can change it: chmod 600 " + path);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  EXPECT_EQ(read_login_file(path).error(), beginning + "no such file or directory");
  EXPECT_EQ(read_login_file("/dev/null").error(),
            "Could not use the login file /dev/null: it is not a regular file");
}

TEST_F(LoginFileOnDisk, BelongsToItsUserOrRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  ASSERT_EQ(problem(0600), "");
  ASSERT_EQ(::chown(path.c_str(), 12345, 0), 0);
  EXPECT_EQ(read_login_file(path).error(), "Could not use the login file " + path +
                                               ": user 12345, who owns it, can change it: chown 0 " + path);
}

}  // namespace
}  // namespace serialtcp::gateway
