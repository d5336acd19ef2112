// A loop that loses, changes and delays what it gets, in simulated time.
#include "doctor/loop_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "sim/faults.h"

namespace serialtcp::doctor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Bytes come back at the rate of the line.
Findings run(std::uint64_t rate, const std::function<void(ByteView bytes, Bytes& out)>& loop) {
  LoopTest test(rate);
  Time now = Time{} + 1s;
  const Time end = now + 60s;
  while (!test.done() && now < end) {
    const ByteView next = test.next(256, now);
    if (next.empty()) {
      now = test.due();
      test.tick(now);
      continue;
    }
    Bytes back;
    loop(next, back);
    now += Duration(std::chrono::seconds(next.size())) / static_cast<std::int64_t>(rate);
    if (!back.empty()) test.heard(back, now);
  }
  EXPECT_TRUE(test.done()) << "it ends by itself";
  return test.findings();
}

void keep_all(ByteView bytes, Bytes& out) {
  out.assign(bytes.begin(), bytes.end());
}

TEST(LoopTest, AGoodLoopIsFineAtEverySpeed) {
  for (const std::uint64_t rate : {30U, 960U, 11'520U, 92'160U, 300'000U}) {
    const Findings findings = run(rate, keep_all);
    EXPECT_EQ(result_of(findings), Result::fine) << rate;
    EXPECT_THAT(findings.at(0).text, HasSubstr("came back unchanged"));
    const auto& speed = findings.at(1);
    ASSERT_EQ(speed.about, "speed");
    EXPECT_NEAR(speed.value.value_or(0), static_cast<double>(rate), static_cast<double>(rate) * 0.02);
  }
}

TEST(LoopTest, NothingComesBack) {
  const Findings findings = run(11'520, [](ByteView, Bytes&) {});
  EXPECT_THAT(findings.at(0).text, HasSubstr("nothing came back"));
}

TEST(LoopTest, ValuesThatNeverComeBackAreNamed) {
  for (unsigned value = 0; value < 256; ++value) {
    if (value == 0x55) continue;  // the first bytes are made of it
    const Findings findings = run(2000, [value](ByteView bytes, Bytes& out) {
      keep_all(bytes, out);
      std::erase(out, static_cast<Byte>(value));
    });
    ASSERT_EQ(findings.at(0).about, "bytes") << value;
    EXPECT_THAT(findings.at(0).text, HasSubstr("1 byte value never came back")) << value;
  }
}

TEST(LoopTest, NoiseIsCountedAsBits) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sim::FaultInjector faults({.ber = 1e-4}, seed);
    const Findings findings =
        run(11'520, [&faults](ByteView bytes, Bytes& out) { faults.apply(bytes, out); });
    EXPECT_EQ(result_of(findings), Result::faults) << seed;
    EXPECT_THAT(findings.at(0).text, HasSubstr(" 0 were lost"));
    EXPECT_THAT(findings.at(0).advice, HasSubstr("cable"));
  }
}

TEST(LoopTest, LostBytesPointToFlowControl) {
  sim::FaultInjector faults({.drop = 1e-3}, 5);
  const Findings findings = run(11'520, [&faults](ByteView bytes, Bytes& out) { faults.apply(bytes, out); });
  EXPECT_THAT(findings.at(0).text, HasSubstr(" 0 changed"));
  EXPECT_THAT(findings.at(0).advice, HasSubstr("--rtscts"));
}

}  // namespace
}  // namespace serialtcp::doctor
