// Modem: AT commands, +++ between pauses, what Windows says, and what is none of these.
#include "gateway/modem.h"

#include <gtest/gtest.h>

#include <string>

namespace serialtcp::gateway {
namespace {

using namespace std::chrono_literals;

class ModemTest : public ::testing::Test {
 protected:
  /// What passes through.
  std::string type(std::string_view text) {
    const Bytes passed = modem.take(Bytes(text.begin(), text.end()), now);
    return {passed.begin(), passed.end()};
  }
  /// The answer.
  std::string command(std::string_view text) {
    EXPECT_EQ(type(std::string(text) + "\r"), "");
    return modem.answers();
  }
  void call() {
    command("ATE0");
    command("ATDT1");
    EXPECT_TRUE(modem.has_called());
  }

  Modem modem{115200};
  Time now = Time{} + 100s;
};

TEST_F(ModemTest, CommandsAreEchoedAndAnswered) {
  EXPECT_EQ(command("ATZ"), "ATZ\r\r\nOK\r\n");
  EXPECT_EQ(command("at&f&c1 S0=0 +ipr=115200;e0"), "AT&f&c1 S0=0 +ipr=115200;e0\r\r\nOK\r\n");
  EXPECT_EQ(command("AT"), "\r\nOK\r\n");
  EXPECT_EQ(command("AT?"), "\r\nERROR\r\n");
  EXPECT_EQ(command("ATV0"), "0\r");
  EXPECT_EQ(command("ATQ1"), "");
  EXPECT_FALSE(modem.has_called());
}

TEST_F(ModemTest, WhatBehindDialsPasses) {
  command("ATE0");
  EXPECT_EQ(type("ATDT 555;\rbytes"), "bytes");
  EXPECT_EQ(modem.answers(), "\r\nCONNECT 115200\r\n");
  EXPECT_TRUE(modem.is_online());
  EXPECT_EQ(type("ATH\r"), "ATH\r");  // now for the other end
}

TEST_F(ModemTest, NoiseIsNotEchoedAndNoCommand) {
  EXPECT_EQ(command("~\xFF}#login: AT"), "");
  EXPECT_EQ(command("hello"), "");
  EXPECT_EQ(command("AT"), "AT\r\r\nOK\r\n");
}

TEST_F(ModemTest, ThreePlussesBetweenPausesGoBackToCommands) {
  call();
  type("data");
  now += 1s;
  EXPECT_EQ(type("+"), "+");
  now += 100ms;
  EXPECT_EQ(type("++"), "++");
  EXPECT_EQ(modem.deadline(), now + Modem::kGuard);
  now += Modem::kGuard;
  modem.tick(now);
  EXPECT_EQ(modem.answers(), "\r\nOK\r\n");
  EXPECT_EQ(command("ATO"), "\r\nCONNECT 115200\r\n");
  EXPECT_EQ(type("data"), "data");
  EXPECT_FALSE(modem.has_hung_up());
}

TEST_F(ModemTest, PlussesInDataAreData) {
  call();
  type("x");
  EXPECT_EQ(type("+++"), "+++");  // without a pause
  EXPECT_EQ(modem.deadline(), kNever);
  now += 1s;
  type("+++x");
  EXPECT_EQ(modem.deadline(), kNever);
  now += 1s;
  type("++++");
  EXPECT_EQ(modem.deadline(), kNever);
}

TEST_F(ModemTest, TheDeviceHangsUp) {
  call();
  now += 1s;
  type("+++");
  now += 1s;
  modem.tick(now);
  modem.answers();
  EXPECT_EQ(command("ATH"), "\r\nOK\r\n");
  EXPECT_TRUE(modem.has_hung_up());
  EXPECT_EQ(command("ATO"), "\r\nERROR\r\n");
}

TEST_F(ModemTest, ThisSideHangsUp) {
  call();
  modem.hang_up();
  EXPECT_EQ(modem.answers(), "\r\nNO CARRIER\r\n");
  EXPECT_FALSE(modem.is_online());
}

TEST_F(ModemTest, WindowsIsGreeted) {
  EXPECT_EQ(type("CLIENT\x7E"), "\x7E");
  EXPECT_EQ(modem.answers(), "CLIENTSERVER");
  EXPECT_TRUE(modem.has_called());
}

TEST_F(ModemTest, WithoutACallNothingIsSaidAboutItsEnd) {
  modem.answer_silently();
  EXPECT_EQ(type("~data"), "~data");
  modem.hang_up();
  EXPECT_EQ(modem.answers(), "");
}

TEST_F(ModemTest, EndlessCommandsAreBounded) {
  for (int i = 0; i < 1000; ++i) type("AT" + std::string(1000, 'X') + (i % 2 == 0 ? "" : "\r"));
  EXPECT_LE(modem.answers().size(), 2 * Modem::kMostAnswers);
}

}  // namespace
}  // namespace serialtcp::gateway
