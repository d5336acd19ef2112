// What is told from a prompt although it ends like one.
#include "wire/console_watch.h"

#include <gtest/gtest.h>

#include <string_view>

namespace serialtcp::wire {
namespace {

using namespace std::chrono_literals;

Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

/// After an end has sent `hello`, does this text look like a prompt?
bool is_prompt(std::string_view hello, std::string_view text) {
  ConsoleWatch watch;
  watch.set_own_hello(bytes(hello));
  watch.heard(bytes(text), Time{} + 1s);
  watch.look(Time{} + 20s);
  return watch.at_prompt();
}

TEST(ConsoleWatch, ThreeCharactersOfItsOwnHelloAreNoPrompt) {
  constexpr std::string_view kHello = "\x81q.m#Z\x90$";
  EXPECT_FALSE(is_prompt(kHello, ".m#"));
  EXPECT_TRUE(is_prompt("", ".m#"));
  EXPECT_TRUE(is_prompt(kHello, "root@board:~# "));
  EXPECT_TRUE(is_prompt(kHello, "$ ")) << "too short to be known as its own";
}

// A byte above 127 and "~" look like its end where the terminal cannot show such bytes.
TEST(ConsoleWatch, AnEchoOfAHelloIsDroppedAsAWhole) {
  ConsoleWatch watch;
  watch.set_own_text("AdPPJ35h");
  watch.set_own_hello(
      bytes("\x1f~\x02\x01"
            "AdPPJ35h\x99~Bwxyzabcdefghijk\xb2\x1f~"));
  watch.heard(bytes("^_~^B^AAdPPJ35h\x99~Bwxyzabcdefghijk\xb2^_~$ "), Time{} + 1s);
  watch.look(Time{} + 20s);
  EXPECT_TRUE(watch.at_prompt());
  EXPECT_EQ(watch.excerpt(), "$");
}

// A line that loses control characters and highest bits leaves text of the peer's hello, and it may begin like a prompt.
TEST(ConsoleWatch, WhatIsLeftOfThePeersHelloIsNoPrompt) {
  const auto is_prompt_beside_hello = [](std::string_view text) {
    ConsoleWatch watch;
    watch.set_own_text("AdPPJ35h");
    watch.set_own_hello(
        bytes("\x1f~\x02\x01"
              "AdPPJ35h\x01@\x02\xa0 FG0wxyz\x1f~"));
    watch.heard(bytes(text), Time{} + 1s);
    watch.look(Time{} + 20s);
    return watch.at_prompt();
  };
  EXPECT_FALSE(is_prompt_beside_hello("DD~Z1F2ChLC@  FG0o#UKXj>~k9X,4GiX-75"));
  EXPECT_TRUE(is_prompt_beside_hello("DD~Z1F2ChLC:/tmp# ")) << "nothing of a hello follows";
  EXPECT_TRUE(is_prompt_beside_hello("~Z1F2ChL$ ")) << "shorter than a session";
}

// What a terminal leaves of a hello in the line where the name was typed may look like a shell's prompt.
TEST(ConsoleWatch, APasswordPromptIsWhatWaitsNotTheLineBefore) {
  ConsoleWatch watch;
  watch.heard(bytes("H0X# nobody\r\nPassword: "), Time{} + 1s);
  watch.look(Time{} + 20s);
  EXPECT_EQ(watch.found(), Console::login);
  EXPECT_EQ(watch.excerpt(), "Password:");
}

}  // namespace
}  // namespace serialtcp::wire
