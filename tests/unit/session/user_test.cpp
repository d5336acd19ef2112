// Who a program of a session runs as, what it finds in its environment, and the keys that leave a terminal.
#include "session/user.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "session/escape.h"

namespace serialtcp::io::session {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/bash\nshort:x:5\nboard:x:1000:1000::/home/board:\nodd:x:x:1::/:/bin/no\n";

TEST(User, IsFoundByItsNumber) {
  const User root = user_of(kPasswd, 0, {});
  EXPECT_EQ(root.name, "root");
  EXPECT_EQ(root.home, "/root");
  EXPECT_EQ(root.shell, "/bin/bash");
  EXPECT_EQ(user_of(kPasswd, 1000, {}).shell, "/bin/sh");  // as passwd(5) has it
  EXPECT_EQ(user_of(kPasswd, 5, {.name = "other"}).name, "other");
  EXPECT_EQ(user_of("", 0, {.home = "/tmp"}).home, "/tmp");
}

TEST(User, OnlyHarmlessVariablesMayBeSet) {
  for (const char* const good :
       {"TERM=xterm", "LANG=C", "LC_ALL=de_DE.UTF-8", "GIT_PROTOCOL=version=2", "TERM="})
    EXPECT_TRUE(may_set(good)) << good;
  for (const char* const bad :
       {"LD_PRELOAD=/x", "PATH=/x", "TERM", "", "=x", "term=x", "ENV=/x", "BASH_ENV=/x"})
    EXPECT_FALSE(may_set(bad)) << bad;
  EXPECT_FALSE(may_set("TERM=" + std::string(600, 'x')));
}

TEST(User, TheEnvironmentIsTheUsers) {
  const std::string wanted[] = {"TERM=vt100", "LD_PRELOAD=/x"};
  const auto all = environment_of({"board", "/home/board", "/bin/ash"}, wanted);
  const auto has = [&all](std::string_view one) { return std::ranges::count(all, one); };
  for (const char* const one :
       {"HOME=/home/board", "SHELL=/bin/ash", "USER=board", "LOGNAME=board", "TERM=vt100"})
    EXPECT_EQ(has(one), 1) << one;
  EXPECT_EQ(has("LD_PRELOAD=/x"), 0);
}

Bytes typed(std::initializer_list<std::string_view> pieces, bool stays = true) {
  Escape escape;
  Bytes to;
  bool still = true;
  for (const std::string_view piece : pieces) {
    const Bytes keys(piece.begin(), piece.end());
    still = still && escape.type(keys, to);
  }
  EXPECT_EQ(still, stays);
  return to;
}

Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(Escape, LeavesByTildeDotAtTheBeginningOfALine) {
  EXPECT_EQ(typed({"~."}, false), bytes(""));
  EXPECT_EQ(typed({"ls\r", "~", "."}, false), bytes("ls\r"));
  EXPECT_EQ(typed({"a~."}), bytes("a~."));
  EXPECT_EQ(typed({"~~."}), bytes("~."));
  EXPECT_EQ(typed({"~x\r~."}, false), bytes("~x\r"));
}

}  // namespace
}  // namespace serialtcp::io::session
