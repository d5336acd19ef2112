// Whether a console is there again in place of the program at the other end.
#include "install/console_return.h"

#include <gtest/gtest.h>

#include <string_view>

namespace serialtcp::install {
namespace {

using namespace std::chrono_literals;
using What = ConsoleReturn::Found::What;

constexpr std::string_view kFrame = "\x81\x02\x01payload\x1F~";

class ConsoleReturns : public testing::Test {
 protected:
  void hear(std::string_view text, Duration after = 10ms) {
    let_pass(after);
    console_.heard(Bytes(text.begin(), text.end()), now_);
  }
  /// As its owner does: look() when it is due.
  void let_pass(Duration time) {
    const Time end = now_ + time;
    while (console_.due() <= end) {
      now_ = std::max(now_, console_.due());
      console_.look(now_);
    }
    now_ = end;
  }

  ConsoleReturn console_;
  Time now_ = Time{} + 10s;
};

TEST_F(ConsoleReturns, APromptThatStays) {
  for (const std::string_view prompt : {"board login: ", "\r\n/ # ", "\r\nroot@board:~# ", "\r\n=> "}) {
    console_ = {};
    hear(kFrame);
    hear(prompt);
    let_pass(2s);
    EXPECT_FALSE(console_.found()) << prompt;
    let_pass(2s);
    ASSERT_TRUE(console_.found()) << prompt;
    EXPECT_EQ(console_.found()->what, What::is_not_there);
  }
  EXPECT_EQ(console_.due(), kNever);
}

TEST_F(ConsoleReturns, AFrameAfterItShowsThatItIsCarried) {
  for (const std::string_view text : {"board login: ", "\r\nLinux version 6.1.0", "<z0>"}) {
    hear(text);
    let_pass(2900ms);
    hear(kFrame);
    EXPECT_FALSE(console_.is_suspected());
    let_pass(60s);
    EXPECT_FALSE(console_.found()) << text;
  }
}

TEST_F(ConsoleReturns, AnEndOfAFrameInTwoPiecesIsOne) {
  hear("\r\nLinux version 6.1.0 \x1F");
  EXPECT_TRUE(console_.is_suspected());
  hear("|");
  EXPECT_FALSE(console_.is_suspected());
}

TEST_F(ConsoleReturns, ABeginningIsSuspectedAtOnce) {
  for (const std::string_view text :
       {"\r\nU-Boot 2022.04 (Apr 04 2022)\r\n", "\r\nU-Boot SPL 2023.01", "Hit any key to stop autoboot:  3 ",
        "\r\n[    0.000000] Linux version 6.1.0 (build@host)\r\n"}) {
    console_ = {};
    hear(text);
    EXPECT_TRUE(console_.is_suspected()) << text;
    let_pass(3s);
    ASSERT_TRUE(console_.found()) << text;
    EXPECT_EQ(console_.found()->what, What::is_not_there);
  }
}

TEST_F(ConsoleReturns, HowTheProgramHasEndedIsSaid) {
  hear("\x1F|<z0>\r\n/ # ");
  let_pass(4s);
  ASSERT_TRUE(console_.found());
  EXPECT_EQ(console_.found()->what, What::ended);
  console_ = {};
  hear(kFrame);
  hear("<z0>\r\n/ # ", 5s);
  let_pass(4s);
  ASSERT_TRUE(console_.found());
  EXPECT_EQ(console_.found()->what, What::is_not_there) << "it has waited in vain for a link";
  console_ = {};
  hear("\x1F|<z137>\r\n/ # ");
  let_pass(4s);
  ASSERT_TRUE(console_.found());
  EXPECT_EQ(console_.found()->what, What::is_not_there);
  EXPECT_NE(console_.found()->why.find("status 137"), std::string::npos);
}

TEST_F(ConsoleReturns, NeitherFramesNorKernelMessagesNorNoiseAreOne) {
  for (int i = 0; i < 200; ++i) {
    hear(kFrame);
    hear("[   12.345678] usb 1-1: new high-speed USB device number 5\r\n");
    hear("\x8f\x03\xfe\x99# ");
    hear("<z<z9999999999>");
  }
  hear(kFrame);
  let_pass(60s);
  EXPECT_FALSE(console_.found());
}

}  // namespace
}  // namespace serialtcp::install
