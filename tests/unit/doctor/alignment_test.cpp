// The place is found again after each fault, and each fault is counted once.
#include "doctor/alignment.h"

#include <gtest/gtest.h>

#include "base/prng.h"

namespace serialtcp::doctor {
namespace {

Bytes random_bytes(std::uint64_t seed, std::size_t count) {
  base::Prng random(seed);
  Bytes bytes(count);
  for (Byte& byte : bytes) byte = static_cast<Byte>(random.next() >> 56);
  return bytes;
}

TEST(Alignment, WhatArrivesUnchangedIsExact) {
  for (const std::size_t count : {0U, 1U, 5U, 6U, 7U, 64U, 1000U, 50'000U}) {
    const Bytes sent = random_bytes(count, count);
    const Alignment result = align(sent, sent);
    EXPECT_TRUE(result.is_exact());
    EXPECT_EQ(result.arrived, count);
  }
}

TEST(Alignment, NothingArrives) {
  const Alignment result = align(random_bytes(1, 500), {});
  EXPECT_EQ(result.lost, 500U);
  EXPECT_EQ(result.changed + result.added + result.arrived, 0U);
}

// Faults far from each other: each kind, at any place, of any length that fits into the window.
TEST(Alignment, CountsLostBytes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::Prng random(seed);
    const Bytes sent = random_bytes(seed + 1000, 2000);
    Bytes received = sent;
    const std::size_t count = 1 + random.below(kAlignmentWindow);
    const std::size_t at = random.below(sent.size() - count);
    received.erase(received.begin() + static_cast<std::ptrdiff_t>(at),
                   received.begin() + static_cast<std::ptrdiff_t>(at + count));
    const Alignment result = align(sent, received);
    EXPECT_EQ(result.lost, count) << "seed " << seed;
    EXPECT_EQ(result.added, 0U) << "seed " << seed;
    EXPECT_EQ(result.arrived + result.lost + result.changed, sent.size()) << "seed " << seed;
    EXPECT_LE(result.changed, 2U) << "seed " << seed;
  }
}

TEST(Alignment, CountsFlippedBits) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    base::Prng random(seed);
    const Bytes sent = random_bytes(seed + 2000, 3000);
    Bytes received = sent;
    std::uint64_t flipped = 0;
    for (std::size_t at = random.below(100); at < received.size(); at += 50 + random.below(100)) {
      received[at] = static_cast<Byte>(received[at] ^ 1U << random.below(8));
      ++flipped;
    }
    const Alignment result = align(sent, received);
    EXPECT_EQ(result.changed, flipped) << "seed " << seed;
    EXPECT_EQ(result.flipped, flipped) << "seed " << seed;
    EXPECT_EQ(result.lost + result.added, 0U) << "seed " << seed;
  }
}

TEST(Alignment, CountsAddedBytes) {
  const Bytes sent = random_bytes(7, 1000);
  Bytes received = sent;
  const Bytes more = random_bytes(8, 9);
  received.insert(received.begin() + 500, more.begin(), more.end());
  const Alignment result = align(sent, received);
  EXPECT_EQ(result.added, 9U);
  EXPECT_EQ(result.lost, 0U);
}

TEST(Alignment, OfAValueThatIsLostNoneArrives) {
  Bytes sent;
  for (unsigned i = 0; i < 1024; ++i) sent.push_back(static_cast<Byte>(i));
  Bytes received = sent;
  std::erase(received, Byte{0x11});
  const Alignment result = align(sent, received);
  EXPECT_EQ(result.lost, 4U);
  EXPECT_EQ(result.arrived_of[0x11], 0U);
  EXPECT_EQ(result.sent_of[0x11], 4U);
  EXPECT_EQ(result.arrived, 1020U);
}

// In runs of equal bytes, a byte that was changed and one that was lost look alike at first.
TEST(Alignment, TellsFaultsApartInRuns) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    base::Prng random(seed);
    Bytes sent = random_bytes(seed, 100);
    for (const Byte pattern : Bytes{0x00, 0xFF, 0x55, 0xAA}) sent.insert(sent.end(), 64, pattern);
    const Bytes more = random_bytes(seed + 1, 300);
    sent.insert(sent.end(), more.begin(), more.end());
    Bytes changed = sent;
    const std::size_t at = 100 + random.below(256);
    changed[at] = static_cast<Byte>(changed[at] ^ 1U << random.below(8));
    const Alignment flipped = align(sent, changed);
    EXPECT_EQ(flipped.changed, 1U) << "seed " << seed;
    EXPECT_EQ(flipped.lost + flipped.added, 0U) << "seed " << seed;
    Bytes shorter = sent;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at));
    const Alignment lost = align(sent, shorter);
    EXPECT_EQ(lost.lost, 1U) << "seed " << seed;
    EXPECT_EQ(lost.changed + lost.added, 0U) << "seed " << seed;
  }
}

TEST(Alignment, PureNoiseEnds) {
  const Alignment result = align(random_bytes(3, 5000), random_bytes(4, 4000));
  EXPECT_EQ(result.arrived + result.changed + result.lost, 5000U);
  EXPECT_EQ(result.arrived + result.changed + result.added, 4000U);
}

}  // namespace
}  // namespace serialtcp::doctor
