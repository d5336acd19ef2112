// --rs485: its words, and a device whose driver cannot do this. The driver that can is that of e2e rs485.
#include "port/rs485.h"

#include <gtest/gtest.h>

#include "port/serial_port.h"
#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

std::string again(std::string_view text) {
  const auto rs485 = parse_rs485(text);
  return rs485 ? rs485_text(*rs485) : rs485.error();
}

TEST(Rs485Words, AreWhatTheyWereParsedFrom) {
  for (const std::string_view text :
       {"rts-on-send", "rts-after-send", "rts-on-send,delay-before=1", "rts-after-send,delay-after=100",
        "rts-after-send,delay-before=2,delay-after=3,rx-during-tx"})
    EXPECT_EQ(again(text), text);
  EXPECT_EQ(again("rx-during-tx"), "rts-on-send,rx-during-tx");
  EXPECT_EQ(again("delay-after=0,rts-on-send"), "rts-on-send");
  EXPECT_EQ(again("rts-on-send,rts-on-send"), "rts-on-send");
}

TEST(Rs485Words, MistakesAreNamed) {
  const std::string known =
      "known here: rts-on-send, rts-after-send, delay-before=MS, delay-after=MS and rx-during-tx";
  EXPECT_EQ(again("rts"), "'rts' is not known; " + known);
  EXPECT_EQ(again(""), "'' is not known; " + known);
  EXPECT_EQ(again("rts-on-send,"), "'' is not known; " + known);
  EXPECT_EQ(again("rx-during-tx=1"), "'rx-during-tx=1' is not known; " + known);
  EXPECT_EQ(again("delay-before=101"), "delay-before=101 is no number of milliseconds up to 100");
  EXPECT_EQ(again("delay-after=-1"), "delay-after=-1 is no number of milliseconds up to 100");
  EXPECT_EQ(again("delay-after"), "delay-after= is no number of milliseconds up to 100");
  EXPECT_EQ(again("rts-on-send,rts-after-send"),
            "rts-on-send and rts-after-send exclude each other: RTS is on while it sends, or after that");
}

}  // namespace
}  // namespace serialtcp::io
