// The pacer compared with a model of a line: it keeps the line busy and its queue short, whatever the line's
// true speed, latency and timer and the peer's clock are.
#include "link/pacer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "wire/frame.h"

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 1h;
constexpr std::uint64_t kNominal = 11520;

double to_seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

struct LineConfig {
  double rate = static_cast<double>(kNominal);  ///< true bytes per second
  Duration latency{0};                          ///< each way
  Duration quantum{0};                          ///< bytes arrive at multiples of this
  std::size_t frame = 500;
  std::uint64_t nominal = kNominal;
  Duration late_every{0};  ///< the sender wakes up late at this interval ...
  Duration late_by{0};     ///< ... by this much
};

/// A sender that always has bulk to send, a line, and a peer that reports when each frame arrived.
class BusyLine {
 public:
  explicit BusyLine(const LineConfig& config) : line(config), pacer(config.nominal) {}

  LineConfig line;
  Pacer pacer;
  Duration peer_clock = 17s;  ///< ahead of ours

  void run_for(Duration duration) {
    measured_from_ = now_;
    busy_ = Duration{};
    longest_queue_ = Duration{};
    const Time end = now_ + duration;
    for (; now_ < end; now_ += kStep) {
      hear_acks();
      if (!overslept()) send();
      longest_queue_ = std::max(longest_queue_, free_ - now_);
    }
  }

  /// The part of the last run_for() in which the line was busy.
  double utilisation() const { return to_seconds(busy_) / to_seconds(now_ - measured_from_); }
  /// The longest queue before the line, as time.
  Duration longest_queue() const { return longest_queue_; }
  Time now() const { return now_; }
  /// What is on the line is lost with it.
  void device_is_reopened() {
    acks_.clear();
    free_ = now_;
    in_frame_ = 0;
    pacer.line_restored(now_);
  }
  void pause(Duration duration) { now_ += duration; }

 private:
  static constexpr Duration kStep = 250us;

  struct Ack {
    Pacer::Stamp stamp;
    std::uint32_t ticks;
    Time heard;
  };

  bool overslept() const {
    return line.late_every > 0ns && now_.time_since_epoch() % line.late_every < line.late_by;
  }

  void send() {
    if (in_frame_ == 0) {
      const bool sample = pacer.wants_idle_sample(now_);
      if (sample ? pacer.leaves() > now_ : !pacer.slice_allowed(now_)) return wait(sample);
      frame_size_ = sample ? 30 : line.frame;
      sample_ = sample;
    } else if (!pacer.slice_allowed(now_)) {
      return wait(false);
    }
    std::size_t allowed = pacer.allowance(now_);
    while (allowed > 0) {
      if (in_frame_ == 0) {
        pacer.frame_begins(now_);
        if (sample_) pacer.idle_sample_begins(now_);
        allowed = pacer.allowance(now_);
      }
      const std::size_t count = std::min(allowed, frame_size_ - in_frame_);
      hand_over(count);
      allowed -= count;
      in_frame_ += count;
      if (in_frame_ < frame_size_) return;
      in_frame_ = 0;
      acknowledge();
      return send();
    }
  }

  void wait(bool for_idle_line) {
    if (for_idle_line) {
      pacer.nothing_waits();
    } else {
      pacer.bulk_waits();
    }
  }

  void hand_over(std::size_t count) {
    pacer.handed(count, now_);
    const Duration takes(static_cast<Duration::rep>(static_cast<double>(count) / line.rate * 1e9));
    free_ = std::max(free_, now_) + takes;
    busy_ += takes;
  }

  void acknowledge() {
    Time arrival = free_ + line.latency;
    if (line.quantum > 0ns) {
      const Duration since = arrival.time_since_epoch();
      arrival = Time{} + (since + line.quantum - 1ns) / line.quantum * line.quantum;
    }
    const auto units = (arrival.time_since_epoch() + peer_clock) / wire::kArrivalUnit;
    const auto ticks = static_cast<std::uint32_t>(units) & ((1U << wire::kArrivalBits) - 1);
    acks_.push_back({pacer.stamp(now_), ticks, arrival + line.latency + 1ms});
  }

  void hear_acks() {
    while (!acks_.empty() && acks_.front().heard <= now_) {
      pacer.arrived(acks_.front().stamp, acks_.front().ticks, now_);
      acks_.pop_front();
    }
  }

  Time now_ = kStart;
  Time free_ = kStart;
  std::deque<Ack> acks_;
  std::size_t in_frame_ = 0;
  std::size_t frame_size_ = 0;
  bool sample_ = false;
  Time measured_from_{};
  Duration busy_{};
  Duration longest_queue_{};
};

void expect_rate(const BusyLine& line, double within) {
  EXPECT_NEAR(static_cast<double>(line.pacer.rate()) / line.line.rate, 1.0, within);
}

TEST(Pacer, KeepsAPerfectLineFullAtItsRate) {
  BusyLine line({});
  line.run_for(2s);
  line.run_for(60s);
  expect_rate(line, 0.02);
  EXPECT_GT(line.utilisation(), 0.99);
  EXPECT_LT(line.longest_queue(), 12ms);
  EXPECT_FALSE(line.pacer.searching());
}

TEST(Pacer, HandsOverLittleAtOnce) {
  const Pacer pacer(kNominal);
  EXPECT_LE(pacer.allowance(kStart), 80U) << "6 ms of 11520 bytes a second";
  EXPECT_GT(pacer.allowance(kStart), 40U);
  const Pacer slow(30);
  EXPECT_GE(slow.allowance(kStart), 12U) << "a few characters, however slow";
}

TEST(Pacer, KeepsAShortQueueWhereWakeUpsAreInTime) {
  BusyLine line({.rate = 92160, .nominal = 92160});
  line.run_for(10s);
  line.run_for(10s);
  EXPECT_GT(line.utilisation(), 0.999);
  EXPECT_LT(line.longest_queue(), 2800us);
}

TEST(Pacer, HandsOverSmallerSlicesWhileSparseDataIsSent) {
  BusyLine line({.rate = 92160, .nominal = 92160});
  line.run_for(10s);
  line.pacer.hurry(Pacer::Hurry::sparse);
  line.run_for(10ms);
  line.run_for(10s);
  EXPECT_GT(line.utilisation(), 0.999);
  EXPECT_LT(line.longest_queue(), 2100us);
}

TEST(Pacer, KeepsALongerQueueForSparseDataToWhereWakeUpsAreLate) {
  BusyLine line({.rate = 92160, .nominal = 92160, .late_every = 100ms, .late_by = 3ms});
  line.run_for(10s);
  line.pacer.hurry(Pacer::Hurry::sparse);
  line.run_for(20s);
  EXPECT_GT(line.utilisation(), 0.998);
  EXPECT_LT(line.longest_queue(), 6500us);
}

TEST(Pacer, KeepsALongerQueueWhereWakeUpsAreLate) {
  BusyLine line({.rate = 92160, .nominal = 92160, .late_every = 100ms, .late_by = 3ms});
  line.run_for(10s);
  line.run_for(20s);
  EXPECT_GT(line.utilisation(), 0.998);
  EXPECT_GT(line.longest_queue(), 3500us);
  EXPECT_LT(line.longest_queue(), 6500us);
}

TEST(Pacer, KeepsNoMoreThanEightMillisecondsHoweverLateWakeUpsAre) {
  BusyLine line({.rate = 92160, .nominal = 92160, .late_every = 200ms, .late_by = 50ms});
  line.run_for(10s);
  line.run_for(10s);
  EXPECT_LT(line.longest_queue(), 8500us);
}

TEST(Pacer, KeepsAShortQueueForATypistHoweverLateWakeUpsAre) {
  BusyLine line({.rate = 92160, .nominal = 92160, .late_every = 200ms, .late_by = 50ms});
  line.run_for(10s);
  line.pacer.hurry(Pacer::Hurry::typed);
  line.run_for(10ms);
  line.run_for(10s);
  EXPECT_LT(line.longest_queue(), 3500us);
  EXPECT_GT(line.utilisation(), 0.7);
  line.pacer.hurry(Pacer::Hurry::none);
  line.run_for(1s);
  EXPECT_GT(line.longest_queue(), 6500us);
}

TEST(Pacer, AllowsNothingWhileTheQueueIsFull) {
  Pacer pacer(kNominal);
  pacer.handed(pacer.allowance(kStart), kStart);
  EXPECT_EQ(pacer.allowance(kStart), 0U);
  EXPECT_FALSE(pacer.slice_allowed(kStart));
  EXPECT_GT(pacer.any_due(), kStart);
  EXPECT_GE(pacer.slice_due(), pacer.any_due());
  EXPECT_TRUE(pacer.slice_allowed(pacer.slice_due()));
  EXPECT_GT(pacer.allowance(pacer.slice_due()), 10U);
  EXPECT_GT(pacer.allowance(pacer.any_due()), 0U);
}

TEST(Pacer, CountsFromNowWhenTheLineWasIdle) {
  Pacer pacer(kNominal);
  pacer.handed(1152, kStart);
  EXPECT_EQ(pacer.leaves(), kStart + 100ms);
  pacer.handed(1152, kStart + 50ms);
  EXPECT_EQ(pacer.leaves(), kStart + 200ms);
  pacer.handed(1152, kStart + 1s);
  EXPECT_EQ(pacer.leaves(), kStart + 1100ms);
}

TEST(Pacer, FindsALineOfHalfTheRate) {
  BusyLine line({.rate = kNominal / 2.0});
  line.run_for(5s);
  line.run_for(30s);
  expect_rate(line, 0.05);
  EXPECT_GT(line.utilisation(), 0.97);
  EXPECT_LT(line.longest_queue(), 30ms);
}

TEST(Pacer, FindsALineTwentyTimesSlower) {
  BusyLine line({.rate = kNominal / 20.0, .frame = 128});
  line.run_for(20s);
  line.run_for(60s);
  expect_rate(line, 0.1);
  EXPECT_GT(line.utilisation(), 0.95);
  EXPECT_LT(line.longest_queue(), 200ms);
}

TEST(Pacer, FindsALineTwiceAsFast) {
  BusyLine line({.rate = kNominal * 2.0});
  line.run_for(10s);
  line.run_for(30s);
  expect_rate(line, 0.05);
  EXPECT_GT(line.utilisation(), 0.97);
}

TEST(Pacer, FindsALineAHundredTimesFaster) {
  BusyLine line({.rate = kNominal * 100.0, .frame = 2000});
  line.run_for(5s);
  line.run_for(20s);
  EXPECT_GT(line.utilisation(), 0.9);
  expect_rate(line, 0.2);
}

TEST(Pacer, FindsALineThatIsFasterThanAnyQueueOfItsModelCouldShow) {
  // A model this slow queues only a few bytes, which show nothing. The time until the answer to a short frame
  // does.
  for (const double rate : {92'160.0, 300'000.0}) {
    for (const std::uint64_t nominal : {70U, 600U, 2000U}) {
      for (const Duration quantum : {Duration(0), Duration(1ms), Duration(4ms)}) {
        BusyLine line({.rate = rate, .quantum = quantum, .frame = 128, .nominal = nominal});
        line.run_for(10s);
        line.run_for(5s);
        EXPECT_GT(static_cast<double>(line.pacer.rate()), 0.8 * rate)
            << rate << " from " << nominal << " in steps of " << quantum / 1us << " us";
      }
    }
  }
}

TEST(Pacer, FollowsALineThatChangesItsSpeed) {
  BusyLine line({});
  line.run_for(5s);
  line.line.rate = kNominal / 3.0;
  line.run_for(10s);
  line.run_for(20s);
  expect_rate(line, 0.05);
  line.line.rate = kNominal;
  line.run_for(20s);
  line.run_for(20s);
  expect_rate(line, 0.05);
  EXPECT_GT(line.utilisation(), 0.97);
}

TEST(Pacer, IsNotMisledByLatency) {
  for (const Duration latency : {5ms, 50ms, 300ms}) {
    BusyLine line({.latency = latency});
    line.run_for(5s);
    line.run_for(60s);
    expect_rate(line, 0.05);
    EXPECT_GT(line.utilisation(), 0.98) << latency.count();
    EXPECT_LT(line.longest_queue(), 20ms) << latency.count();
  }
}

TEST(Pacer, IsNotMisledByATimerOfSixteenMilliseconds) {
  BusyLine line({.quantum = 16ms});
  line.run_for(5s);
  line.run_for(60s);
  expect_rate(line, 0.1);
  EXPECT_GT(line.utilisation(), 0.97);
  EXPECT_LT(line.longest_queue(), 50ms);
}

TEST(Pacer, GoesOnAfterThePeersClockHasJumped) {
  for (const Duration jump : {Duration(3600s), Duration(-3600s), Duration(40ms), Duration(-40ms)}) {
    BusyLine line({});
    line.run_for(5s);
    line.peer_clock += jump;
    line.run_for(40s);
    line.run_for(20s);
    expect_rate(line, 0.05);
    EXPECT_GT(line.utilisation(), 0.97) << jump.count();
    EXPECT_LT(line.longest_queue(), 50ms) << jump.count();
  }
}

TEST(Pacer, GoesOnWhenTheDeviceIsOpenedAgain) {
  BusyLine line({});
  line.run_for(5s);
  line.pause(10s);
  line.device_is_reopened();
  EXPECT_LE(line.pacer.leaves(), line.now());
  EXPECT_GT(line.pacer.allowance(line.now()), 0U);
  line.run_for(10s);
  expect_rate(line, 0.05);
  EXPECT_GT(line.utilisation(), 0.97);
}

TEST(Pacer, ForgetsWhatItHasMeasuredWhenTheLineHasAnotherSpeed) {
  BusyLine line({.rate = kNominal * 4.0});
  line.run_for(20s);
  for (const std::uint64_t rate : {std::uint64_t{960}, std::uint64_t{92160}}) {
    line.pacer.line_has_rate(rate, 0, line.now());
    EXPECT_EQ(line.pacer.rate(), rate);
    line.pacer.next_peer();
    EXPECT_EQ(line.pacer.rate(), rate);
  }
}

TEST(Pacer, WhatIsQueuedIsStillThereWhenTheLineHasAnotherSpeed) {
  for (const std::uint64_t rate : {std::uint64_t{2880}, std::uint64_t{46080}}) {
    Pacer pacer(kNominal);
    pacer.handed(576, kStart);
    pacer.line_has_rate(rate, 0, kStart + 10ms);  // 115 bytes have left
    const double left = 460.8 / static_cast<double>(rate);
    EXPECT_NEAR(to_seconds(pacer.leaves() - (kStart + 10ms)), left, 0.001);
    pacer.line_has_rate(kNominal, 0, kStart + 10s);
    EXPECT_EQ(pacer.leaves(), kStart + 10s) << "all of it has left";
  }
}

TEST(Pacer, KeepsTheRateWhenAnotherPeerComes) {
  BusyLine line({.rate = kNominal * 4.0});
  line.run_for(20s);
  const std::uint64_t rate = line.pacer.rate();
  line.pacer.next_peer();
  EXPECT_EQ(line.pacer.rate(), rate);
  EXPECT_TRUE(line.pacer.wants_idle_sample(line.now()));
  line.peer_clock = 5h;
  line.run_for(20s);
  expect_rate(line, 0.05);
}

TEST(Pacer, BelievesInTheNominalRateAgainWhenAnotherPeerComes) {
  BusyLine line({.rate = 500, .frame = 200});
  line.run_for(20s);
  EXPECT_LT(line.pacer.rate(), kNominal / 4);
  line.pacer.next_peer();
  EXPECT_EQ(line.pacer.rate(), kNominal);
}

TEST(Pacer, UnderstandsArrivalTimesAcrossTheEndOfTheirRange) {
  // 2^24 units of 16 us are 268 s.
  BusyLine line({.rate = 1000, .frame = 200, .nominal = 1000});
  line.run_for(2s);
  line.run_for(700s);
  expect_rate(line, 0.02);
  EXPECT_GT(line.utilisation(), 0.99);
}

TEST(Pacer, WantsAShortFrameOnAnIdleLineNowAndThen) {
  Pacer pacer(kNominal);
  EXPECT_TRUE(pacer.wants_idle_sample(kStart));
  pacer.frame_begins(kStart);
  pacer.handed(20, kStart);
  const auto stamp = pacer.stamp(kStart);
  EXPECT_GT(stamp.idle_bytes, 0U);
  pacer.arrived(stamp, 1000, kStart + 5ms);
  EXPECT_FALSE(pacer.wants_idle_sample(kStart + 5ms));
  EXPECT_TRUE(pacer.wants_idle_sample(pacer.idle_sample_due()));
}

TEST(Pacer, TakesNoLongFrameAndNoneOnABusyLineForASample) {
  Pacer pacer(kNominal);
  pacer.frame_begins(kStart);
  pacer.handed(500, kStart);
  EXPECT_EQ(pacer.stamp(kStart).idle_bytes, 0U);
  pacer.frame_begins(kStart);
  pacer.handed(20, kStart);
  EXPECT_EQ(pacer.stamp(kStart).idle_bytes, 0U);
}

TEST(Pacer, KeepsItsRateWithinBoundsWhateverThePeerSays) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Pacer pacer(kNominal);
    Time now = kStart;
    std::uint64_t state = seed;
    for (int i = 0; i < 5000; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      pacer.frame_begins(now);
      pacer.handed(10 + (state >> 50) % 2000, now);
      const auto stamp = pacer.stamp(now);
      now += Duration(static_cast<Duration::rep>((state >> 20) % 50'000'000));
      pacer.arrived(stamp, static_cast<std::uint32_t>(state >> 33) & 0xFFFFFFU, now);
      ASSERT_GE(pacer.rate(), 10U) << "SEED " << seed;
      ASSERT_LE(pacer.rate(), 1'000'000'000U) << "SEED " << seed;
    }
  }
}

}  // namespace
}  // namespace serialtcp::link
