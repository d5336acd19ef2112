// Which byte value a line does not carry, from explanations of damaged frames.
#include "tunnel/byte_watch.h"

#include <gtest/gtest.h>

#include "base/cursor.h"
#include "wire/check_value.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace serialtcp {
namespace {

using Kind = ByteChange::Kind;

constexpr ByteChange kEaten{Kind::lost, 0x13, 0};
const Bytes kBody = {0xC1, 0x80, 0x20, 0x21, 0x22, 0x90, 0x91, 0x92, 0x93};

int times_until_told(tunnel::ByteWatch& watch, const ByteChange& change, int most = 100) {
  for (int i = 1; i <= most; ++i) {
    if (watch.damaged(kBody, {change}) == change) return i;
  }
  return 0;
}

TEST(ByteWatch, TellsWhatExplainsFiveFrames) {
  tunnel::ByteWatch watch;
  EXPECT_EQ(times_until_told(watch, kEaten), 5);
  EXPECT_EQ(times_until_told(watch, kEaten), 0) << "once";
  watch.reset();
  EXPECT_EQ(times_until_told(watch, kEaten), 5) << "another line";
}

TEST(ByteWatch, BelievesCorrectFramesMore) {
  tunnel::ByteWatch watch;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(watch.damaged(kBody, {kEaten}), std::nullopt);
    if (i % 4 == 3) watch.good(Bytes{0xC1, 0x13, 0x20});
  }
}

TEST(ByteWatch, IsNotMisledByCorrectFramesWithoutTheValue) {
  tunnel::ByteWatch watch;
  for (int i = 1; i <= 5; ++i) {
    watch.good(kBody);
    EXPECT_EQ(watch.damaged(kBody, {kEaten}).has_value(), i == 5);
  }
}

TEST(ByteWatch, TakesNoiseForNothing) {
  tunnel::ByteWatch watch;
  for (unsigned i = 0; i < 100'000; ++i) {
    const ByteChange noise{Kind::replaced, static_cast<Byte>(i * 7), static_cast<Byte>(i * 13)};
    ASSERT_EQ(watch.damaged(kBody, {noise}), std::nullopt);
    watch.good(Bytes{static_cast<Byte>(i * 7 + 7)});
  }
}

TEST(ByteWatch, TakesManyDamagedFramesWithoutHighestBitsForALineThatStrips) {
  const Bytes low = {0x41, 0x00, 0x20, 0x21, 0x22, 0x10, 0x11};
  tunnel::ByteWatch watch;
  const auto told_after = [&](int most) {
    for (int i = 1; i <= most; ++i) {
      const auto change = watch.stripped(low);
      if (change) {
        EXPECT_EQ(change->kind, Kind::seven_bits);
        return i;
      }
    }
    return 0;
  };
  EXPECT_EQ(told_after(11), 0);
  EXPECT_EQ(watch.stripped(kBody), std::nullopt);
  EXPECT_EQ(told_after(11), 0);
  watch.good(kBody);
  EXPECT_EQ(told_after(11), 0);
  watch.good(low);  // a correct one without them shows nothing
  EXPECT_EQ(told_after(11), 1);
  EXPECT_EQ(told_after(100), 0) << "once";
  watch.reset();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(watch.stripped(Bytes{0x41, 0x20}), std::nullopt) << "too short";
}

/// A hello of which the line has set the highest bit of each byte to 0.
Bytes stripped_hello() {
  Bytes hello(40, 0x41);
  hello[0] = wire::kHelloHeader;
  hello[1] = wire::kProtocolVersion;
  wire::CheckValue check{wire::CheckContext{}};
  check.add(hello);
  hello.resize(hello.size() + wire::kCheckSize);
  base::Writer writer(MutableByteView(hello).last(wire::kCheckSize));
  writer.little(check.finish(wire::FrameEnd::plain) & 0x7F7F7F7F, wire::kCheckSize);
  return hello;
}

TEST(ByteWatch, KnowsThatOtherDamageIsNotSevenBits) {
  tunnel::ByteWatch watch;
  Bytes hello = stripped_hello();
  hello.erase(hello.begin() + 20);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(watch.damaged(hello, {}), std::nullopt);
}

TEST(ByteWatch, KnowsHellosOfSevenBits) {
  tunnel::ByteWatch watch;
  const Bytes hello = stripped_hello();
  EXPECT_EQ(watch.damaged(hello, {}), std::nullopt);
  EXPECT_EQ(watch.damaged(hello, {}), std::nullopt);
  EXPECT_EQ(watch.damaged(hello, {}), (ByteChange{Kind::seven_bits, 0x80, 0}));
  watch.reset();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(watch.damaged(hello, {}), std::nullopt);
    EXPECT_EQ(watch.damaged(kBody, {}), std::nullopt) << "bytes from 0x80 on arrive";
  }
}

}  // namespace
}  // namespace serialtcp
