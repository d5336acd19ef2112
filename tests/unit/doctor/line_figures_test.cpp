// What was measured of a line, and what that is: the shape of errors, their period, and which direction is worse.
#include "doctor/line_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor/line_test.h"
#include "sim/faults.h"
#include "wire/test_stream.h"

namespace serialtcp::doctor {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Kind = Finding::Kind;

LineFigures good() {
  return {.nominal = 11'520,
          .served = true,
          .lasted = 10s,
          .out = {.alone = 11'000, .beside = 10'900, .frames = 300},
          .in = {.alone = 11'100, .beside = 10'800, .frames = 300},
          .idle_trips = {2ms, 3ms, 2ms, 4ms},
          .busy_trips = {9ms, 10ms},
          .compared = 50'000};
}

std::string all_texts(const LineFigures& figures) {
  std::string text;
  for (const Finding& finding : judge_line(figures)) text += finding.text + " [" + finding.advice + "]\n";
  return text;
}

TEST(LineFigures, AGoodLineIsFine) {
  EXPECT_EQ(result_of(judge_line(good())), Result::fine) << all_texts(good());
}

TEST(LineFigures, APeerThatCannotMeasureIsNoFault) {
  LineFigures old{.nominal = 11'520, .smoothed_trip = 5ms};
  EXPECT_EQ(result_of(judge_line(old)), Result::fine);
  EXPECT_THAT(all_texts(old), HasSubstr("not measured"));
  EXPECT_THAT(all_texts(old), HasSubstr("5.0 ms"));
}

TEST(LineFigures, ASlowerDirectionIsNamed) {
  for (double factor = 0.11; factor < 1; factor += 0.05) {
    LineFigures figures = good();
    figures.in.alone = *figures.out.alone * factor;
    const Findings findings = judge_line(figures);
    EXPECT_EQ(findings[0].kind, Kind::fact);
    // Below half of the other one, or of the line.
    EXPECT_EQ(findings[1].kind == Kind::fault, *figures.in.alone < 5760) << factor;
    figures.half_duplex = true;
    EXPECT_EQ(result_of(judge_line(figures)), Result::fine) << factor;
  }
}

TEST(LineFigures, ALineThatIsHeldBack) {
  LineFigures figures = good();
  figures.in.alone = figures.out.alone = 5000;
  EXPECT_THAT(all_texts(figures), HasSubstr("less than the line should carry"));
  figures.has_speed = false;
  EXPECT_EQ(result_of(judge_line(figures)), Result::fine);
}

TEST(LineFigures, AMachineThatIsBusyIsNoFaultOfTheLine) {
  LineFigures figures = good();
  figures.out.alone = figures.in.alone = 1000;
  figures.lasted = 10s;
  figures.delayed = 400ms;
  EXPECT_EQ(result_of(judge_line(figures)), Result::faults) << "not so busy";
  figures.delayed = 600ms;
  EXPECT_EQ(result_of(judge_line(figures)), Result::fine);
  EXPECT_THAT(all_texts(figures), HasSubstr("this machine was too busy for 0.6 s"));
}

TEST(LineFigures, ErrorsOutAreThoseOfTheOtherEnd) {
  LineFigures figures = good();
  figures.out.bad = {Time{} + 1s, Time{} + 3s};
  EXPECT_THAT(all_texts(figures), HasSubstr("2 of 300 frames lost [run this test at the other end"));
}

TEST(LineFigures, ALineThatIsTooFastHasAnotherClock) {
  for (double factor = 0.9; factor < 1.06; factor += 0.005) {
    LineFigures figures = good();
    figures.in.line = static_cast<double>(figures.nominal) * factor;
    EXPECT_EQ(result_of(judge_line(figures)) == Result::faults, factor > 1.015) << factor;
  }
}

TEST(LineFigures, PausesAreTold) {
  LineFigures figures = good();
  figures.pauses = {{Time{} + 1s, 500ms}, {Time{} + 3s, 1500ms}};
  EXPECT_THAT(all_texts(figures), HasSubstr("stood still 2 times, 1.5 s at most"));
}

TEST(StepMeter, CountsFromStepToStep) {
  for (const Duration step : {Duration(20ms), Duration(100ms), Duration(700ms)}) {
    StepMeter meter;
    for (Time now = Time{} + 1s; now < Time{} + 4s; now += 20ms)
      meter.add(1000 + 250 * static_cast<std::uint64_t>((now - Time{}) / step), now);
    const auto rate = meter.rate();
    ASSERT_TRUE(rate.has_value());
    EXPECT_NEAR(*rate, 250 / to_seconds(step), 250 / to_seconds(step) * 0.06) << to_seconds(step);
  }
  StepMeter still;
  EXPECT_FALSE(still.rate().has_value());
  for (int i = 0; i < 100; ++i) still.add(5, Time{} + 20ms * i);
  still.add(6, Time{} + 3s);
  EXPECT_FALSE(still.rate().has_value());
}

TEST(Period, IsFoundOnlyWhereThereIsOne) {
  for (const Duration period : {Duration(600ms), Duration(1s), Duration(10s), Duration(600s)}) {
    std::vector<Time> times;
    for (int i = 0; i < 6; ++i) {
      for (int j = 0; j < 3; ++j) times.push_back(Time{} + period * i + 10ms * j);
    }
    const auto found = period_of(times);
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(to_seconds(*found), to_seconds(period), to_seconds(period) * 0.05);
  }
  EXPECT_FALSE(period_of({}).has_value());
  EXPECT_FALSE(period_of({Time{}, Time{} + 1s, Time{} + 2s}).has_value()) << "two pauses are chance";
  EXPECT_FALSE(period_of({Time{}, Time{} + 1s, Time{} + 5s, Time{} + 6s, Time{} + 7s}).has_value());
}

TEST(Quantile, OfFewAndMany) {
  EXPECT_EQ(quantile({5ms}, 0.5), 5ms);
  EXPECT_EQ(quantile({5ms, 1ms, 3ms}, 0.5), 3ms);
  EXPECT_EQ(quantile({5ms, 1ms, 3ms}, 0.95), 5ms);
  EXPECT_EQ(quantile({5ms, 1ms, 3ms}, 0), 1ms);
}

// ---- The shape of what arrives ----

/// Frames with test bytes, through a line that does this to each of them.
class Arrivals {
 public:
  template <typename Line>
  std::vector<Damage> through(std::size_t frames, const Line& line) {
    Inbound inbound;
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < frames; ++i) {
      Bytes frame = {0x85, 0x47, 0x12};  // a header
      const std::size_t length = 600 + 37 * (i % 11);
      const std::size_t begin = frame.size();
      frame.resize(begin + length);
      wire::fill_with_test_bytes(offset, MutableByteView(frame).subspan(begin));
      offset += length;
      const Bytes end = {0x03, 0x61, 0x62, 0x63, 0x64, 0x1F, 0x7C};  // ack, check value, end of frame
      frame.insert(frame.end(), end.begin(), end.end());
      line(i, frame);
      inbound.heard(frame, Time{} + 50ms * i);
    }
    compared = inbound.compared();
    return inbound.damages();
  }
  std::uint64_t compared = 0;
};

std::string shape_text(const std::vector<Damage>& damages) {
  const auto shape = shape_of(damages, io::FlowControl::none);
  return shape ? shape->text + " [" + shape->advice + "]" : "";
}

TEST(Inbound, ACleanLineHasNoDamage) {
  Arrivals arrivals;
  EXPECT_TRUE(arrivals.through(200, [](std::size_t, Bytes&) {}).empty());
  EXPECT_GT(arrivals.compared, 200U * 450U);
}

TEST(Inbound, RunsOfLostBytesAreAnOverrunOfAFifo) {
  for (const std::size_t run : {4U, 8U, 14U, 16U, 32U}) {
    Arrivals arrivals;
    const auto damages = arrivals.through(40, [run](std::size_t i, Bytes& frame) {
      if (i % 3 == 0)
        frame.erase(frame.begin() + 300, frame.begin() + 300 + static_cast<std::ptrdiff_t>(run));
    });
    EXPECT_THAT(shape_text(damages), HasSubstr("lost in runs of " + std::to_string(run) + ": the FIFO"));
    EXPECT_THAT(shape_text(damages), HasSubstr("--rtscts"));
  }
}

TEST(Inbound, SingleBytesThatAreLost) {
  Arrivals arrivals;
  const auto damages = arrivals.through(
      40, [](std::size_t i, Bytes& frame) { frame.erase(frame.begin() + 250 + static_cast<int>(i)); });
  EXPECT_THAT(shape_text(damages), HasSubstr("single bytes are lost"));
}

TEST(Inbound, FlippedBits) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sim::FaultInjector faults({.ber = 1e-4}, seed);
    Arrivals arrivals;
    const auto damages = arrivals.through(100, [&faults](std::size_t, Bytes& frame) {
      Bytes out;
      faults.apply(frame, out);
      frame = out;
    });
    EXPECT_THAT(shape_text(damages), HasSubstr("single bits are flipped")) << seed;
    // Nearly all of them are seen.
    EXPECT_GT(damages.size(), 20U) << seed;
  }
}

TEST(Inbound, BurstsAndFramingErrors) {
  Arrivals arrivals;
  const auto bursts = arrivals.through(40, [](std::size_t i, Bytes& frame) {
    for (std::size_t at = 300; at < 330; ++at) frame[at] = static_cast<Byte>(frame[at] ^ (0x5AU + i + at));
  });
  EXPECT_THAT(shape_text(bursts), HasSubstr("bursts of about"));
  const auto zeros = arrivals.through(40, [](std::size_t i, Bytes& frame) { frame[250 + 5 * (i % 20)] = 0; });
  EXPECT_THAT(shape_text(zeros), HasSubstr("arrive as 00: framing errors"));
}

TEST(TestStream, WordsTellWhereTheyStand) {
  std::uint64_t found = 0;
  for (std::uint64_t word = 0; word < 4096; ++word) {
    Bytes bytes(wire::kTestWord);
    wire::fill_with_test_bytes(word * wire::kTestWord, bytes);
    const auto offset = wire::test_offset(bytes);
    if (!offset) continue;
    ++found;
    EXPECT_EQ(*offset, word * wire::kTestWord);
  }
  EXPECT_GT(found, 4096U * 70 / 100);
  for (std::uint64_t at = 0; at < 100'000; ++at) ASSERT_NE(wire::test_byte(at), 0x1F);
}

TEST(TestStream, Prefaces) {
  const auto bytes = wire::test_preface({wire::TestKind::source, 0x01020304});
  EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), (Bytes{1, 4, 3, 2, 1}));
  EXPECT_EQ(wire::read_test_preface(bytes), (wire::TestPreface{wire::TestKind::source, 0x01020304}));
  EXPECT_FALSE(wire::read_test_preface(Bytes{3, 0, 0, 0, 0}).has_value());
  EXPECT_FALSE(wire::read_test_preface(Bytes{1, 0}).has_value());
}

}  // namespace
}  // namespace serialtcp::doctor
