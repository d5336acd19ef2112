// Every short burst is located and repaired wherever it is. Any other error gives no guess, or a wrong one,
// which the fingerprint detects.
#include "wire/repair.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/cursor.h"
#include "base/prng.h"
#include "wire/fingerprint.h"

namespace serialtcp::wire {
namespace {

constexpr CheckContext kContext{SessionId{0x1234567890ABCDEF}, SessionId{0xFEDCBA0987654321}, 77};
constexpr std::size_t kHeader = 2;

/// A frame of this many bytes and its check value, and the result of the repair after errors.
class Frame {
 public:
  Frame(std::size_t size, std::uint64_t seed, FrameEnd end = FrameEnd::plain) : end_(end) {
    base::Prng random(seed);
    for (std::size_t i = 0; i < size; ++i) covered_.push_back(static_cast<Byte>(random.next()));
    CheckValue check(kContext);
    check.add(covered_);
    std::array<Byte, kCheckSize> value;
    base::Writer writer(value);
    writer.little(check.finish(end), kCheckSize);
    body_ = covered_;
    body_.insert(body_.end(), value.begin(), value.end());
  }

  std::size_t bits() const { return body_.size() * 8; }
  std::size_t covered_bits() const { return covered_.size() * 8; }

  /// In the order of the line: each byte's lowest bit first.
  void flip(std::size_t bit) { body_[bit / 8] = static_cast<Byte>(body_[bit / 8] ^ (1U << (bit % 8))); }
  void flip_burst(std::size_t first, std::uint32_t pattern) {
    for (std::size_t i = 0; pattern != 0; ++i, pattern >>= 1) {
      if ((pattern & 1U) != 0) flip(first + i);
    }
  }

  enum class Outcome { mended, nothing, wrong };
  Outcome repair() const { return repair(body_, end_); }
  Outcome repair(ByteView body, FrameEnd end) const {
    const std::optional<Bytes> repaired = wire::repair(body, kHeader, end, kContext);
    if (!repaired) return Outcome::nothing;
    if (*repaired == covered_ && end == end_) return Outcome::mended;
    EXPECT_NE(fingerprint(*repaired, end), fingerprint(covered_, end_))
        << "a wrong one is told from the right";
    return Outcome::wrong;
  }
  const Bytes& body() const { return body_; }

 private:
  static std::uint64_t fingerprint(ByteView covered, FrameEnd end) {
    Fingerprint value(kContext);
    value.add(covered);
    return value.finish(end);
  }

  FrameEnd end_;
  Bytes covered_;
  Bytes body_;
};

using Outcome = Frame::Outcome;

/// All bursts of `length` bits that begin and end with a wrong one, or a random choice of them.
std::vector<std::uint32_t> patterns(unsigned length, std::size_t most, base::Prng& random) {
  if (length == 1) return {1};
  const std::uint32_t ends = 1U | (1U << (length - 1));
  const std::uint32_t inner = 1U << (length - 2);
  std::vector<std::uint32_t> result;
  for (std::uint32_t i = 0; i < std::min<std::size_t>(inner, most); ++i) {
    const auto choice = inner <= most ? i : static_cast<std::uint32_t>(random.below(inner));
    result.push_back(ends | (choice << 1));
  }
  return result;
}

class RepairOfLength : public testing::TestWithParam<std::size_t> {};

TEST_P(RepairOfLength, MendsEverySingleBit) {
  Frame frame(GetParam(), 1);
  for (std::size_t bit = kHeader * 8; bit < frame.bits(); ++bit) {
    frame.flip(bit);
    EXPECT_EQ(frame.repair(), Outcome::mended) << bit;
    frame.flip(bit);
  }
}

TEST_P(RepairOfLength, MendsBurstsOfUpToSixteenBitsButForTheFewThatLookLikeShorterOnes) {
  base::Prng random(2);
  Frame frame(GetParam(), 3, FrameEnd::with_ack);
  const std::size_t step = 1 + GetParam() / 64;
  for (unsigned length = 2; length <= kLongestBurst; ++length) {
    std::size_t tried = 0;
    std::size_t mended = 0;
    for (std::size_t bit = kHeader * 8; bit + length <= frame.bits(); bit += step) {
      // For the check value, the byte that ends the frame is between the two.
      if (bit < frame.covered_bits() && bit + length > frame.covered_bits()) continue;
      for (const std::uint32_t pattern : patterns(length, 8, random)) {
        frame.flip_burst(bit, pattern);
        ++tried;
        if (frame.repair() == Outcome::mended) ++mended;
        frame.flip_burst(bit, pattern);
      }
    }
    ASSERT_GT(tried, 0U);
    // By chance one in 2^32 looks like another of those that are no longer: bits of the frame * 2^(length -
    // 1).
    const double alike =
        static_cast<double>(frame.bits()) * static_cast<double>(1U << (length - 1)) / 4294967296.0;
    EXPECT_GE(static_cast<double>(mended), static_cast<double>(tried) * (0.98 - 1.5 * alike)) << length;
  }
}

INSTANTIATE_TEST_SUITE_P(Bytes, RepairOfLength, testing::Values(3, 9, 70, 655, 4092),
                         [](const auto& p) { return std::to_string(p.param); });

TEST(Repair, MendsTheFirstAndTheLastByteThatCanBe) {
  Frame frame(100, 4);
  for (const std::size_t byte : {kHeader, std::size_t{99}, std::size_t{100}, std::size_t{103}}) {
    frame.flip_burst(byte * 8, 0xFF);
    EXPECT_EQ(frame.repair(), Outcome::mended) << byte;
    frame.flip_burst(byte * 8, 0xFF);
  }
}

TEST(Repair, LeavesAFrameAloneThatIsNotDamaged) {
  EXPECT_EQ(Frame(100, 5).repair(), Outcome::nothing);
}

TEST(Repair, DoesNotMendTheHeader) {
  Frame frame(100, 6);
  for (std::size_t bit = 0; bit < kHeader * 8; ++bit) {
    frame.flip(bit);
    EXPECT_EQ(frame.repair(), Outcome::nothing) << bit;
    frame.flip(bit);
  }
}

TEST(Repair, DoesNotMendTheByteThatEndsAFrame) {
  const Frame frame(100, 7);
  EXPECT_EQ(frame.repair(frame.body(), FrameEnd::with_ack), Outcome::nothing);
}

TEST(Repair, DoesNotMendWhatIsTooShort) {
  const Bytes bytes(kHeader + kCheckSize);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(repair(ByteView(bytes).first(size), kHeader, FrameEnd::plain, kContext)) << size;
  }
}

TEST(Repair, OfTwoErrorsFarApartComesNothingOrWhatTheFingerprintRefuses) {
  base::Prng random(8);
  std::size_t wrong = 0;
  for (int i = 0; i < 20'000; ++i) {
    Frame frame(1500, static_cast<std::uint64_t>(i));
    const std::size_t first = random.below(frame.bits() - 200);
    frame.flip(first);
    frame.flip(first + 32 + random.below(frame.bits() - first - 32));
    const Outcome outcome = frame.repair();
    EXPECT_NE(outcome, Outcome::mended) << i;
    if (outcome == Outcome::wrong) ++wrong;
  }
  // 12,000 bits * 2^15 / 2^32 is one in eleven: without the fingerprint, wrong frames would be accepted.
  EXPECT_GT(wrong, 0U);
  EXPECT_LT(wrong, 20'000U / 5);
}

TEST(Repair, OfAByteLostOrInsertedComesNothingOrWhatTheFingerprintRefuses) {
  base::Prng random(9);
  for (int i = 0; i < 5000; ++i) {
    const Frame frame(300, static_cast<std::uint64_t>(i));
    Bytes body = frame.body();
    const auto at = body.begin() + static_cast<std::ptrdiff_t>(kHeader + random.below(body.size() - 8));
    if (i % 2 == 0) {
      body.erase(at);
    } else {
      body.insert(at, 0x1F);
    }
    EXPECT_NE(frame.repair(body, FrameEnd::plain), Outcome::mended) << i;
  }
}

}  // namespace
}  // namespace serialtcp::wire
