// What is said of the speeds that both ends can do.
#include "doctor/rungs.h"

#include <gtest/gtest.h>

namespace serialtcp::doctor {
namespace {

using Outcome = Rung::Outcome;

Rung carries(std::uint32_t baud, double out, double in, std::size_t bad = 0) {
  Rung rung;
  rung.baud = baud;
  rung.figures.out.alone = out;
  rung.figures.in.alone = in;
  rung.figures.out.frames = rung.figures.in.frames = 100;
  rung.figures.in.bad.assign(bad, Time{});
  return rung;
}

Rung fails(std::uint32_t baud, Outcome outcome, unsigned permille = 0) {
  Rung rung;
  rung.baud = baud;
  rung.outcome = outcome;
  rung.permille = permille;
  return rung;
}

TEST(Rungs, EachIsALineThatIsNoFault) {
  const Finding good = judge_rung(carries(115200, 11'400, 11'300));
  EXPECT_EQ(good.text,
            "  115200: good; out 11.4 kB/s, 0 of 100 frames bad; in 11.3 kB/s, 0 of 100 frames bad");
  EXPECT_EQ(good.kind, Finding::Kind::fact);
  EXPECT_EQ(good.value, 115200);
  EXPECT_EQ(judge_rung(carries(921600, 40'000, 91'000, 30)).text,
            "  921600: BAD; out 40.0 kB/s, 0 of 100 frames bad; in 91.0 kB/s, 30 of 100 frames bad");
  EXPECT_EQ(judge_rung(fails(3000000, Outcome::fails, 333)).text,
            " 3000000: BAD; 33 % of the test frames arrived");
  EXPECT_EQ(judge_rung(fails(12000000, Outcome::refused)).text, "12000000: the port cannot do it");
  EXPECT_NE(judge_rung(fails(460800, Outcome::breaks)).text.find("BAD"), std::string::npos);
  EXPECT_NE(judge_rung(fails(460800, Outcome::no_answer)).text.find("not tested"), std::string::npos);
  EXPECT_EQ(judge_rung(fails(3000000, Outcome::fails)).kind, Finding::Kind::fact);
}

TEST(Rungs, TheBestIsTheOneThatCarriesMostBothWaysAndNotTheFastest) {
  const std::vector<Rung> rungs = {carries(115200, 11'000, 11'000), carries(460800, 44'000, 45'000),
                                   carries(921600, 88'000, 20'000, 40), fails(3000000, Outcome::fails)};
  EXPECT_EQ(judge_rungs(rungs, 115200).text, "460800 carries most: 4.0 times as much as 115200");
  EXPECT_EQ(judge_rungs({rungs[0], rungs[3]}, 115200).text, "none carries clearly more than 115200");
  EXPECT_EQ(judge_rungs({rungs[0], carries(230400, 11'500, 11'500)}, 115200).text,
            "none carries clearly more than 115200");
  EXPECT_EQ(judge_rungs({}, 115200).text, "the other end keeps its speed");
  EXPECT_EQ(judge_rungs({rungs[0]}, 115200).text, "the other end keeps its speed");
}

}  // namespace
}  // namespace serialtcp::doctor
