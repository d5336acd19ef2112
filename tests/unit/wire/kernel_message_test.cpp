// Messages of a kernel in lines of text, and in frames.
#include "wire/kernel_message.h"

#include <gtest/gtest.h>

#include <string>

namespace serialtcp::wire {
namespace {

constexpr std::string_view kMessage = "[   12.345678] usb 1-1: new high-speed USB device\r\n";

std::string without(std::string_view text) {
  const Bytes body(text.begin(), text.end());
  const auto rest = without_kernel_messages(body);
  return rest ? std::string(rest->begin(), rest->end()) : "nothing";
}

TEST(KernelMessage, BeginsAtItsTime) {
  EXPECT_EQ(kernel_message(kMessage), 0U);
  EXPECT_EQ(kernel_message("login: [    1.000000] text"), 7U);
  EXPECT_EQ(kernel_message("[  OK  ] Started"), std::string_view::npos);
  EXPECT_EQ(kernel_message("[12] [3.1] [4.123"), std::string_view::npos);
}

TEST(KernelMessage, IsTakenOutOfAFrameWhereverItIs) {
  const std::string frame("\x81\n[a\0b]", 7);
  for (std::size_t at = 0; at <= frame.size(); ++at) {
    const std::string mixed = frame.substr(0, at) + std::string(kMessage) + frame.substr(at);
    EXPECT_EQ(without(mixed), frame) << at;
  }
  EXPECT_EQ(without(std::string("a").append(kMessage).append("b").append(kMessage).append("c")), "abc");
}

TEST(KernelMessage, WithoutOneOrWithoutItsEndThereIsNothingToTake) {
  EXPECT_EQ(without(""), "nothing");
  EXPECT_EQ(without("\x81 frame\n"), "nothing");
  EXPECT_EQ(without("\x81[   12.345678] usb 1-1"), "nothing");
}

}  // namespace
}  // namespace serialtcp::wire
