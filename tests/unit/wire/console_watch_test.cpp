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

}  // namespace
}  // namespace serialtcp::wire
