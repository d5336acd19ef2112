// Whether a line is detected as half-duplex, from how many of the sent bytes have arrived.
#include "link/duplex_watch.h"

#include <gtest/gtest.h>

namespace serialtcp::link {
namespace {

using namespace std::chrono_literals;

constexpr double kNominal = 5760;
constexpr Time kStart{1000s};

/// An end that repeatedly sends a frame of this many bytes, and is informed how many of them arrived.
class Reports {
 public:
  explicit Reports(DuplexWatch::Sleeps sleeps = DuplexWatch::Sleeps::no) : sleeps_(sleeps) {}

  /// Returns whether the line is considered half-duplex.
  bool after(Duration time, std::uint64_t sent, std::uint64_t arrived) {
    now_ += time;
    position_ += sent;
    heard_ += arrived;
    watch_.left(++number_, position_);
    return watch_.told({static_cast<std::uint16_t>(number_), static_cast<std::uint32_t>(heard_ & 0xFFFFFF)},
                       kNominal, sleeps_, now_);
  }

 private:
  DuplexWatch::Sleeps sleeps_;
  DuplexWatch watch_;
  Time now_ = kStart;
  std::uint64_t number_ = 65'530;  // the low bits of both numbers overflow
  std::uint64_t position_ = 0;
  std::uint64_t heard_ = 0xFFFF00;
};

TEST(DuplexWatch, ALineOnWhichManyBytesVanishAgainAndAgainIsOne) {
  Reports reports;
  EXPECT_FALSE(reports.after(1s, 1000, 1000));
  EXPECT_FALSE(reports.after(1s, 4000, 2000));
  EXPECT_FALSE(reports.after(1s, 4000, 2000)) << "too early";
  EXPECT_TRUE(reports.after(1s, 4000, 2000));
}

TEST(DuplexWatch, WhereThousandsVanishTwiceIsEnough) {
  Reports reports;
  EXPECT_FALSE(reports.after(1s, 1000, 1000));
  EXPECT_FALSE(reports.after(3s, 9000, 5000)) << "it may have been a cut";
  EXPECT_FALSE(reports.after(1s, 1500, 1500));
  EXPECT_TRUE(reports.after(3s, 9000, 5000));
}

TEST(DuplexWatch, ALineThatMaySleepLosesBytesWhileLittleIsSent) {
  Reports idle(DuplexWatch::Sleeps::perhaps);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(idle.after(1s, 500, 300));
  Reports busy(DuplexWatch::Sleeps::perhaps);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(busy.after(1s, 4000, 2000));
  EXPECT_TRUE(busy.after(1s, 4000, 2000));
}

TEST(DuplexWatch, WhatWasLostOnceIsACut) {
  Reports reports;
  reports.after(1s, 1000, 1000);
  reports.after(1s, 4000, 100);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(reports.after(1s, 3000, 2990));
}

TEST(DuplexWatch, NoiseLosesAndAddsFew) {
  Reports reports;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(reports.after(1s, 3000, i % 2 == 0 ? 2900 : 3100));
}

TEST(DuplexWatch, ALineThatCarriesMostOfItsRateIsNone) {
  Reports reports;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(reports.after(1s, 5760, 4600)) << "a receiver that is slow";
}

TEST(DuplexWatch, NumbersThatWereNeverSentMeanNothing) {
  DuplexWatch watch;
  for (std::uint16_t number = 0; number < 500; ++number) {
    EXPECT_FALSE(watch.told({number, 7}, kNominal, DuplexWatch::Sleeps::no, kStart + number * 1s));
  }
}

TEST(HeardReport, IsMadeAfterDamageAndNotTooOften) {
  HeardReport report;
  EXPECT_FALSE(report.take(600ms, kStart));
  report.damaged();
  EXPECT_FALSE(report.take(600ms, kStart)) << "no frame was heard";
  report.frame(0x10007, 0x1000123);
  const auto heard = report.take(600ms, kStart);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->number_low16, 7);
  EXPECT_EQ(heard->bytes_low24, 0x123U);
  report.damaged();
  EXPECT_FALSE(report.take(600ms, kStart + 500ms));
  EXPECT_TRUE(report.take(600ms, kStart + 600ms));
  EXPECT_FALSE(report.take(600ms, kStart + 10s)) << "nothing new was damaged";
}

}  // namespace
}  // namespace serialtcp::link
