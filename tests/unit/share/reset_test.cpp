// The words of a reset, and when its pins change.
#include "share/reset.h"

#include <string>

#include "os/clock.h"
#include "shell_fixture.h"

namespace serialtcp::share {
namespace {

using namespace std::chrono_literals;
using io::Pin;

TEST(Reset, IsWrittenInWordsWhosePinsChangeTogether) {
  const auto steps = parse_reset("D0R1 W100 R0  W50");
  ASSERT_TRUE(steps) << steps.error();
  ASSERT_EQ(steps->size(), 4U);
  EXPECT_EQ(steps->at(0), (ResetStep{.dtr = Pin::low, .rts = Pin::high}));
  EXPECT_EQ(steps->at(1), (ResetStep{.wait = 100ms}));
  EXPECT_EQ(steps->at(2), (ResetStep{.rts = Pin::low}));
}

TEST(Reset, RefusesWhatIsNoStep) {
  for (const char* text : {"", "D", "D2", "D0D1", "X1", "W", "W1x", "W999999", "W9999 W9999", "D0W5", "d0"})
    EXPECT_FALSE(parse_reset(text)) << text;
  std::string many;
  for (std::size_t i = 0; i <= kMostResetSteps; ++i) many += "D0 ";
  EXPECT_FALSE(parse_reset(many));
}

TEST(Reset, KeepsItsTimes) {
  io::asio::io_context context;
  struct Change {
    std::optional<Pin> dtr, rts;
    Time at;
  };
  std::vector<Change> changes;
  bool ended = false;
  ResetPlayer player(
      context, *parse_reset("D0R1 W40 R0 W20"),
      [&](std::optional<Pin> dtr, std::optional<Pin> rts) {
        changes.push_back({dtr, rts, io::now()});
      },
      [&] { ended = true; });
  const Time begin = io::now();
  player.play();
  player.play();  // it is not begun twice
  EXPECT_TRUE(player.is_playing());
  ASSERT_TRUE(io::run_until(context, [&] { return ended; }));
  EXPECT_FALSE(player.is_playing());
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].dtr, Pin::low);
  EXPECT_EQ(changes[0].rts, Pin::high);
  EXPECT_EQ(changes[1].dtr, std::nullopt);
  EXPECT_GE(changes[1].at - begin, 40ms);
  EXPECT_GE(io::now() - begin, 60ms);
}

}  // namespace
}  // namespace serialtcp::share
