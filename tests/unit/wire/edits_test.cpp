// Which single change explains a damaged frame: every change, at every position.
#include "wire/edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/cursor.h"
#include "base/prng.h"

namespace serialtcp::wire {
namespace {

using Kind = ByteChange::Kind;
using ::testing::Contains;
using ::testing::Each;
using ::testing::IsEmpty;

const CheckContext kContext{SessionId{77}, SessionId{88}, 1234};

/// The body of a frame with its check value, in which `value` occurs once, and `other` nowhere.
Bytes frame(std::size_t size, std::size_t place, Byte value, Byte other, std::uint64_t seed) {
  base::Prng random(seed);
  for (;;) {
    Bytes body(size);
    for (std::size_t i = 0; i < size; ++i) {
      do body[i] = static_cast<Byte>(random.next() >> 56);
      while (body[i] == value || body[i] == other);
    }
    body[place] = value;
    CheckValue check(kContext);
    check.add(body);
    std::array<Byte, kCheckSize> bytes{};
    base::Writer writer(bytes);
    writer.little(check.finish(FrameEnd::plain), kCheckSize);
    const auto is_special = [&](Byte byte) { return byte == value || byte == other; };
    if (std::ranges::any_of(bytes, is_special)) continue;
    body.insert(body.end(), bytes.begin(), bytes.end());
    return body;
  }
}

class SingleEdits : public testing::TestWithParam<std::size_t> {};

TEST_P(SingleEdits, AreFoundAtEveryPlace) {
  const std::size_t size = GetParam();
  for (std::size_t place = 0; place < size; place += 1 + size / 97) {
    const auto value = static_cast<Byte>(place * 7 + 19);
    const auto other = static_cast<Byte>(value + 101);
    const Bytes good = frame(size, place, value, other, place);
    const auto at = static_cast<std::ptrdiff_t>(place);
    Bytes lost = good;
    lost.erase(lost.begin() + at);
    EXPECT_THAT(single_edits(lost, FrameEnd::plain, kContext), Contains(ByteChange{Kind::lost, value, 0}));
    Bytes replaced = good;
    replaced[place] = other;
    EXPECT_THAT(single_edits(replaced, FrameEnd::plain, kContext),
                Contains(ByteChange{Kind::replaced, value, other}));
    Bytes extended = good;
    extended.insert(extended.begin() + at, other);
    EXPECT_THAT(single_edits(extended, FrameEnd::plain, kContext),
                Contains(ByteChange{Kind::extended, value, other}));
    Bytes doubled = good;
    doubled.insert(doubled.begin() + at, value);
    EXPECT_THAT(single_edits(doubled, FrameEnd::plain, kContext),
                Contains(ByteChange{Kind::extended, value, value}));
  }
}

INSTANTIATE_TEST_SUITE_P(OfLength, SingleEdits, testing::Values(2, 9, 40, 300, 4092),
                         [](const auto& p) { return std::to_string(p.param); });

TEST(NoSingleEdit, ExplainsTwoLosses) {
  int explained = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Bytes body = frame(60, 20, 0x13, 0x14, seed);
    body.erase(body.begin() + 40);
    body.erase(body.begin() + 20);
    explained += single_edits(body, FrameEnd::plain, kContext).empty() ? 0 : 1;
  }
  EXPECT_LE(explained, 1);
}

TEST(NoSingleEdit, IsAValueThatArrivesElsewhereInTheFrame) {
  Bytes body = frame(60, 20, 0x13, 0x14, 5);
  body[30] = 0x13;
  CheckValue check(kContext);
  check.add(ByteView(body).first(60));
  base::Writer writer(MutableByteView(body).last(kCheckSize));
  writer.little(check.finish(FrameEnd::plain), kCheckSize);
  body.erase(body.begin() + 20);
  EXPECT_THAT(single_edits(body, FrameEnd::plain, kContext),
              Each(testing::Ne(ByteChange{Kind::lost, 0x13, 0})));
}

TEST(NoSingleEdit, IsInWhatIsTooShort) {
  for (std::size_t size = 0; size <= kCheckSize; ++size)
    EXPECT_THAT(single_edits(Bytes(size), FrameEnd::plain, kContext), IsEmpty());
}

}  // namespace
}  // namespace serialtcp::wire
