// What was heard at the other end, and what that is: over the kinds, and what stands beside them.
#include "doctor/far_end.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

namespace serialtcp::doctor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Kind = Finding::Kind;

FarEnd silent() {
  return {.port = "/dev/ttyX", .baud = 115200, .silence_advice = "check the cable", .waited = 5s};
}

Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

Overheard overheard(std::string_view text) {
  Hearing hearing;
  hearing.heard(bytes(text), Time{} + 1s);
  return hearing.result(Time{} + 3s);
}

void expect(const FarEnd& end, FarKind kind, Kind severity, std::string_view text) {
  EXPECT_EQ(kind_of(end), kind) << text;
  const Findings findings = judge_far_end(end);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().kind, severity) << text;
  EXPECT_THAT(findings.front().text, HasSubstr(std::string(text)));
  if (severity == Kind::fault) {
    EXPECT_FALSE(findings.front().advice.empty()) << text;
  }
}

TEST(FarEnd, Silence) {
  expect(silent(), FarKind::nothing, Kind::fault, "silent: not a byte in 5.0 s at 115200");
}

TEST(FarEnd, ALineWithoutVoltage) {
  FarEnd end = silent();
  end.before = overheard(std::string_view("\0", 1));
  expect(end, FarKind::held_low, Kind::fault, "held low");
  FarEnd counted = silent();
  counted.errors = io::LineErrors{.breaks = 1};
  expect(counted, FarKind::held_low, Kind::fault, "held low");
}

TEST(FarEnd, ManyZerosAreASenderOfAnotherSpeed) {
  FarEnd end = silent();
  end.before = overheard(std::string_view("\0\0\0\0\0\0\0\0\0\0", 10));
  expect(end, FarKind::noise, Kind::fault, "noise at 115200: 10 bytes");
}

TEST(FarEnd, BytesThatMakeNoSense) {
  FarEnd end = silent();
  end.before = overheard("\xfe\x81\x13\xf0\xee\x80\x91\xc3");
  end.errors = io::LineErrors{.framing = 3};
  expect(end, FarKind::noise, Kind::fault, "3 framing errors");
}

TEST(FarEnd, TextOfEveryKind) {
  struct Case {
    std::string_view text;
    FarKind kind;
    std::string_view told;
  };
  constexpr Case kCases[] = {
      {"\r\nDebian GNU/Linux 12 board ttyS0\r\n\r\nboard login: ", FarKind::prompt, "a login prompt"},
      {"\r\nroot@board:~# ", FarKind::prompt, "the prompt of a shell"},
      {"\r\nU-Boot 2024.01\r\nHit any key to stop autoboot:  3 ", FarKind::prompt, "a boot loader"},
      {"\r\n[    1.234567] usb 1-1: new high-speed USB device\r\n[    1.334567] scsi host0: usb-storage\r\n",
       FarKind::text, "messages of a Linux kernel"},
      {"Temperature: 23.5 C, humidity: 40 percent\r\nTemperature: 23.6 C, humidity: 40 percent\r\n",
       FarKind::text, "text"},
  };
  for (const Case& one : kCases) {
    FarEnd end = silent();
    end.before = overheard(one.text);
    expect(end, one.kind, Kind::fact, one.told);
  }
}

TEST(FarEnd, OneOfOursComesBeforeAllElse) {
  FarEnd end = silent();
  end.before = overheard("\r\nboard login: ");
  end.answered.link = event::LinkUp{};
  end.answered.echo = Echo::unaltered;
  expect(end, FarKind::ours, Kind::fact, "serialtcp 2.0 at 115200");
  end.answered.link->protocol = Protocol::original;
  expect(end, FarKind::original, Kind::fact, "the original program");
}

TEST(FarEnd, Keys) {
  FarEnd end = silent();
  end.answered.key = LineTrouble::peer_needs_key;
  expect(end, FarKind::ours_refused, Kind::fault, "wants a key");
  end.answered.key = LineTrouble::key_differs;
  expect(end, FarKind::ours_refused, Kind::fault, "another key");
  end.answered.key = LineTrouble::peer_has_no_key;
  expect(end, FarKind::ours_refused, Kind::fault, "no key");
}

TEST(FarEnd, ALoopIsAFaultUnlessItIsExpected) {
  FarEnd end = silent();
  end.answered.echo = Echo::unaltered;
  expect(end, FarKind::loop, Kind::fault, "loopback");
  end.loop_expected = true;
  expect(end, FarKind::loop, Kind::fact, "loopback");
  EXPECT_EQ(result_of(judge_far_end(end)), Result::fine);
}

TEST(FarEnd, AnExpectedLoopThatIsNotThereIsAFault) {
  FarEnd end = silent();
  end.before = overheard("\r\nboard login: ");
  end.loop_expected = true;
  EXPECT_EQ(result_of(judge_far_end(end)), Result::faults);
}

TEST(FarEnd, AnEchoThatATerminalMakes) {
  FarEnd end = silent();
  end.answered.echo = Echo::altered;
  end.answered.text = event::LineTroubled{.trouble = LineTrouble::text};
  expect(end, FarKind::echo, Kind::fault, "echo");
  end.answered.text->console = Console::shell;
  expect(end, FarKind::prompt, Kind::fact, "shell");
}

TEST(FarEnd, ValuesThatDoNotPassAreOneFault) {
  FarEnd end = silent();
  end.answered.link = event::LinkUp{};
  end.answered.changes = {{ByteChange::Kind::lost, 0x11, 0}, {ByteChange::Kind::lost, 0x13, 0}};
  const Findings findings = judge_far_end(end);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_THAT(findings[1].text, HasSubstr("11 hex is lost, 13 hex is lost"));
  EXPECT_THAT(findings[1].advice, HasSubstr("XON/XOFF"));
}

// ---- echo_in ----

/// As this end sends it, with the session kq3Tz8aB.
Bytes hello() {
  using namespace std::string_view_literals;
  return bytes(
      "\x1f\x44\x1f\x44\x1f\x7e\x02\x07kq3Tz8aB\0\0\0\0\0\0\0\0\0\x40\0 abcd\x1f\x7e\x1f\xe0\x1f\x7e"sv);
}

TEST(EchoIn, NothingAndOthers) {
  EXPECT_EQ(echo_in(hello(), {}), Echo::none);
  EXPECT_EQ(echo_in({}, {}), Echo::none);
  EXPECT_EQ(echo_in(hello(), bytes("board login: ")), Echo::none);
  // A peer sends the same, but for the session.
  Bytes peer = hello();
  for (std::size_t i = 8; i < 16; ++i) peer[i] = static_cast<Byte>(peer[i] + 1);
  EXPECT_EQ(echo_in(hello(), peer), Echo::none);
}

TEST(EchoIn, AllThatComesBackByNow) {
  for (std::size_t count = 20; count <= hello().size(); ++count)
    EXPECT_EQ(echo_in(hello(), ByteView(hello()).first(count)), Echo::unaltered) << count;
}

TEST(EchoIn, ATerminalShowsControlCharacters) {
  Bytes shown;
  for (const Byte byte : hello()) {
    if (byte < 0x20) {
      shown.push_back('^');
      shown.push_back(static_cast<Byte>(byte + 0x40));
    } else {
      shown.push_back(byte);
    }
  }
  EXPECT_EQ(echo_in(hello(), shown), Echo::altered);
}

}  // namespace
}  // namespace serialtcp::doctor
