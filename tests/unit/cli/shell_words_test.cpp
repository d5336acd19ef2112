// The words of `serialtcp shell`, also as rsync and git give them.
#include "cli/shell_words.h"

#include <gtest/gtest.h>

#include <vector>

namespace serialtcp::cli {
namespace {

std::expected<ShellWords, std::string> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "shell");
  return parse_shell_words(words);
}

TEST(ShellWords, WhatFollowsTheNameIsTheCommand) {
  const auto words = parse({"-T", "board", "ls", "-l", "--key", "x"});
  ASSERT_TRUE(words);
  EXPECT_EQ(words->to, "board");
  EXPECT_EQ(words->command, "ls -l --key x");
  EXPECT_EQ(words->terminal, ShellWords::Terminal::never);
  EXPECT_EQ(parse({"board"})->command, std::nullopt);
}

TEST(ShellWords, AsRsyncAndGitCallIt) {
  const auto rsync = parse({"board", "rsync", "--server", "-vlogDtpre.iLsfxCIvu", ".", "path"});
  ASSERT_TRUE(rsync);
  EXPECT_EQ(rsync->command, "rsync --server -vlogDtpre.iLsfxCIvu . path");
  const auto git = parse({"-o", "SendEnv=GIT_PROTOCOL", "board", "git-upload-pack '/srv/x.git'"});
  ASSERT_TRUE(git);
  EXPECT_EQ(git->variables, std::vector<std::string>{"GIT_PROTOCOL"});
  EXPECT_EQ(git->command, "git-upload-pack '/srv/x.git'");
  EXPECT_TRUE(parse({"-G", "board"})->is_question);
  EXPECT_TRUE(parse({"-4", "-oBatchMode=yes", "-x", "board", "true"}));
  EXPECT_FALSE(parse({"-p", "22", "board"}));
  EXPECT_FALSE(parse({"-l", "root", "board"}));
}

TEST(ShellWords, OptionsOfALinkOfItsOwn) {
  const auto words = parse({"--key", "cable.key", "--hold=3", "-b", "9600", "/dev/ttyUSB0", "true"});
  ASSERT_TRUE(words);
  EXPECT_EQ(words->line_options, (std::vector<std::string>{"--key=cable.key", "--hold=3"}));
  EXPECT_EQ(words->baud, "9600");
  EXPECT_EQ(words->to, "/dev/ttyUSB0");
}

TEST(ShellWords, Mistakes) {
  for (const std::vector<const char*>& words : std::vector<std::vector<const char*>>{{},
                                                                                     {"-z", "board"},
                                                                                     {"--nonsense", "board"},
                                                                                     {"--key"},
                                                                                     {"-b"},
                                                                                     {"-s", "board"},
                                                                                     {"--config=x", "board"}})
    EXPECT_FALSE(parse(words));
}

}  // namespace
}  // namespace serialtcp::cli
