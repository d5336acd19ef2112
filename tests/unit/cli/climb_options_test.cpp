// Where the speed may be raised unasked, where it needs --climb, and what is said of it.
#include <gtest/gtest.h>

#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cli/messages.h"
#include "cli/options.h"

namespace serialtcp::cli {
namespace {

using Where = io::Climbing::Where;
using What = event::LineSpeed::What;

/// Nothing: it is a mistake.
std::optional<io::Climbing> climbing(const std::string& line) {
  std::istringstream words(line);
  std::vector<std::string> list{std::istream_iterator<std::string>(words), {}};
  std::vector<const char*> pointers;
  for (const std::string& word : list) pointers.push_back(word.c_str());
  const auto parsed = parse_options(pointers);
  return parsed ? std::optional(parsed->link.climbing) : std::nullopt;
}

TEST(ClimbOptions, UnaskedOnHardwareUnlessSomethingSpeaksAgainstIt) {
  const std::string line = "-s 2222 /dev/ttyS0 ";
  for (const std::string_view with : {"", "9600", "--parity E", "--rtscts", "--hold 5", "--clean 8bit"})
    EXPECT_EQ(climbing(line + std::string(with))->where, Where::on_hardware) << with;
  for (const std::string_view with :
       {"auto", "--half-duplex", "--rs485", "--xonxoff", "--clean 7bit", "--clean escape",
        "--clean escape=11", "--protocol original", "--climb=off"})
    EXPECT_EQ(climbing(line + std::string(with))->where, Where::nowhere) << with;
  EXPECT_EQ(climbing(line)->most, 3'000'000U);
}

TEST(ClimbOptions, WhoAsksForItGetsItOnEveryLine) {
  const std::string line = "-s 2222 /dev/ttyS0 ";
  EXPECT_EQ(climbing(line + "--climb"), (io::Climbing{Where::everywhere, 3'000'000}));
  EXPECT_EQ(climbing(line + "--climb=921600"), (io::Climbing{Where::everywhere, 921'600}));
  EXPECT_EQ(climbing(line + "--climb --xonxoff")->where, Where::everywhere);
  EXPECT_FALSE(climbing("-s 2222 --climb /dev/ttyS0 auto")) << "they exclude each other";
  EXPECT_FALSE(climbing(line + "--climb=fast"));
}

TEST(ClimbOptions, WhatWasDecidedIsSaidAndHowToChangeIt) {
  const auto said = [](What what, std::uint32_t speed, std::uint32_t other) {
    return speed_message(event::LineSpeed{what, speed, other}, "X");
  };
  EXPECT_EQ(
      said(What::climbs, 115200, 3000000),
      "X: both ends can raise the speed, from 115200 baud to at most 3000000, and find out what the cable carries; "
      "--climb=off at either end keeps 115200");
  EXPECT_EQ(said(What::stays, 115200, 0),
            "X stays at 115200 baud: the other end cannot raise the speed, or has --climb=off");
  EXPECT_NE(said(What::coded, 115200, 0).find("--climb has no effect"), std::string::npos);
}

}  // namespace
}  // namespace serialtcp::cli
