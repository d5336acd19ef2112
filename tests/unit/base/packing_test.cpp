// Packed data from the writer's bytes to the reader's: the compressor and the decompressor, when a stream
// packs and when it stops, every limit, and peers that violate the rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/prng.h"
#include "mux/compressor.h"
#include "mux/decompressor.h"
#include "mux/packer.h"
#include "mux/receive_half.h"
#include "mux/send_half.h"
#include "serialtcp/config.h"

namespace serialtcp::mux {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using wire::Packing;

constexpr std::uint64_t kRate = 11520;
constexpr Time kNow = Time{} + 1h;

Bytes random_bytes(std::size_t count, std::uint64_t seed = 1) {
  base::Prng random(seed);
  Bytes bytes(count);
  for (Byte& byte : bytes) byte = static_cast<Byte>(random.next());
  return bytes;
}

Bytes text(std::size_t count, std::uint64_t seed = 1) {
  static const std::vector<std::string> words = {"the ", "line ", "carries ", "what ", "fits, ",
                                                 "and ", "no ",   "more ",    "than ", "that.\n"};
  base::Prng random(seed);
  Bytes bytes;
  while (bytes.size() < count) {
    const std::string& word = words[random.below(words.size())];
    bytes.insert(bytes.end(), word.begin(), word.end());
  }
  bytes.resize(count);
  return bytes;
}

Bytes all(const base::ByteQueue& queue) {
  const ByteView view = queue.view(queue.begin(), queue.size());
  return {view.begin(), view.end()};
}

PackerPool packing(std::size_t most = limits::kPackedRuns) {
  PackerPool pool;
  pool.window_log = limits::kPackWindowLog;
  pool.most = most;
  return pool;
}

DecompressorPool unpacking(std::size_t most = limits::kPackedRuns) {
  return {limits::kPackWindowLog, most, 0};
}

// ---- Compressor and Decompressor ----

TEST(Compressor, MakesPiecesThatCanBeUnpackedAsSoonAsTheyHaveArrived) {
  DecompressorPool pool = unpacking();
  Compressor compressor(limits::kPackWindowLog);
  Decompressor decompressor(pool);
  base::ByteQueue content;
  Bytes sent;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Bytes piece = i % 3 == 0 ? random_bytes(100 * i, i) : text(100 * i + 64, i);
    sent.insert(sent.end(), piece.begin(), piece.end());
    Bytes packed;
    compressor.pack(piece, packed);
    ByteView rest = packed;
    ASSERT_EQ(decompressor.unpack(rest, 100'000, content), Decompressor::Outcome::wants_more);
    ASSERT_EQ(all(content), sent) << i;
  }
  Bytes end;
  compressor.finish(end);
  EXPECT_EQ(end.size(), 3U);
  end.insert(end.end(), {7, 8, 9});
  ByteView rest = end;
  EXPECT_EQ(decompressor.unpack(rest, 100'000, content), Decompressor::Outcome::ended);
  EXPECT_THAT(rest, ElementsAre(7, 8, 9)) << "what follows the run is left";
}

TEST(Compressor, HasAFrameOfZstdOnTheWire) {
  Compressor compressor(17);
  Bytes packed;
  compressor.pack(Bytes(100, 'a'), packed);
  compressor.finish(packed);
  // The magic number, no sizes or checks, a window of 2 ^ 17, a block, an empty last block.
  EXPECT_THAT(Bytes(packed.begin(), packed.begin() + 6), ElementsAre(0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38));
  EXPECT_THAT(Bytes(packed.end() - 3, packed.end()), ElementsAre(0x01, 0x00, 0x00));
}

TEST(Compressor, NeedsAsMuchMemoryOfItsPeerAsWasAgreedOnAndNoMore) {
  DecompressorPool pool = unpacking();
  pool.window_log = 12;
  for (const unsigned log : {12U, 13U}) {
    Compressor compressor(log);
    Decompressor decompressor(pool);
    Bytes packed;
    compressor.pack(text(60'000), packed);
    ByteView rest = packed;
    base::ByteQueue content;
    EXPECT_EQ(decompressor.unpack(rest, 100'000, content),
              log == 12 ? Decompressor::Outcome::wants_more : Decompressor::Outcome::broken);
  }
}

TEST(Decompressor, MakesNoMoreThanItMayOfABomb) {
  Compressor compressor(limits::kPackWindowLog);
  Bytes packed;
  compressor.pack(Bytes(10'000'000), packed);
  EXPECT_LT(packed.size(), 2000U);
  DecompressorPool pool = unpacking();
  Decompressor decompressor(pool);
  base::ByteQueue content;
  ByteView rest = packed;
  EXPECT_EQ(decompressor.unpack(rest, 5000, content), Decompressor::Outcome::too_much);
  EXPECT_LE(content.size(), 5000U);
}

TEST(Decompressor, CallsBrokenWhatIsNoRun) {
  DecompressorPool pool = unpacking();
  Decompressor decompressor(pool);
  base::ByteQueue content;
  const Bytes nonsense(20, 0x55);
  ByteView rest = nonsense;
  EXPECT_EQ(decompressor.unpack(rest, 5000, content), Decompressor::Outcome::broken);
}

TEST(Decompressor, CountsThoseInUse) {
  DecompressorPool pool = unpacking();
  {
    const Decompressor one(pool);
    const Decompressor another(pool);
    EXPECT_EQ(pool.in_use, 2U);
  }
  EXPECT_EQ(pool.in_use, 0U);
}

// ---- Packer ----

class PackerTest : public testing::Test {
 protected:
  /// How `content` is sent, one piece after the other.
  struct Sum {
    std::size_t plain = 0;
    std::size_t packed = 0;  ///< content of the packed pieces
    std::size_t coded = 0;   ///< coded bytes of these
  };
  Sum feed(const Bytes& content, std::uint64_t rate = kRate) {
    Sum sum;
    ByteView rest = content;
    while (!rest.empty()) {
      Bytes out;
      const Packer::Piece piece = packer_.next(rest, rate, kNow, pool_, place_, out);
      EXPECT_GT(piece.taken, 0U);
      (piece.packing == Packing::packed ? sum.packed : sum.plain) += piece.taken;
      sum.coded += out.size();
      rest = rest.subspan(piece.taken);
    }
    return sum;
  }

  PackerPool pool_ = packing();
  std::optional<RunPlace> place_;
  Packer packer_;
};

TEST_F(PackerTest, PacksText) {
  const Sum sum = feed(text(200'000));
  EXPECT_EQ(sum.plain, 0U);
  EXPECT_LT(sum.coded, 70'000U);
  EXPECT_GT(packer_.ratio(), 2);
  EXPECT_EQ(pool_.in_use, 1U);
}

TEST_F(PackerTest, LeavesRandomDataAsItIs) {
  const Sum sum = feed(random_bytes(1'000'000));
  EXPECT_EQ(sum.packed, 0U);
  EXPECT_EQ(sum.coded, 0U);
  EXPECT_EQ(pool_.in_use, 0U);
  EXPECT_EQ(packer_.ratio(), 1.0);
}

TEST_F(PackerTest, LeavesWhatIsTooLittleAsItIs) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(feed(text(255)).packed, 0U);
  feed(text(1000));
  ASSERT_TRUE(packer_.in_run());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(feed(text(63)).packed, 0U);
  EXPECT_EQ(feed(text(64)).packed, 64U) << "once there is a dictionary, less is worth it";
}

TEST_F(PackerTest, StopsSoonWhenDataNoLongerShrinksAndTriesAgainLater) {
  feed(text(50'000));
  const Sum sum = feed(random_bytes(100'000));
  EXPECT_FALSE(packer_.in_run());
  EXPECT_LT(sum.packed, 20'000U);
  EXPECT_LT(sum.coded, sum.packed + 20) << "what it costs";
  place_.reset();  // its end has arrived
  const Sum again = feed(text(1'000'000));
  EXPECT_TRUE(packer_.in_run());
  EXPECT_LT(again.plain, 130 * 1024U);
}

TEST_F(PackerTest, PacksNothingForAPeerThatTakesPlainDataOnly) {
  pool_.window_log = 0;
  EXPECT_EQ(feed(text(100'000)).packed, 0U);
}

TEST_F(PackerTest, PacksNothingOnALineThatIsFasterThanThat) {
  EXPECT_EQ(feed(text(100'000), limits::kFastestPacked + 1).packed, 0U);
  EXPECT_EQ(feed(text(100'000), limits::kFastestPacked).plain, 0U);
  EXPECT_EQ(feed(text(100'000), limits::kFastestPacked + 1).packed, 0U);
}

TEST_F(PackerTest, SendsPlainWhenThereIsNoPlaceAndSaysSo) {
  const RunPlace other(pool_);
  pool_.most = 1;
  EXPECT_EQ(feed(text(50'000)).packed, 0U);
  EXPECT_TRUE(pool_.refused);
}

TEST_F(PackerTest, MakesPiecesThatTakeAQuarterOfASecondOrLess) {
  Bytes out;
  const Bytes content = text(200'000);
  EXPECT_LE(packer_.next(content, kRate, kNow, pool_, place_, out).taken, kRate / 4);
  feed(content);
  out.clear();
  EXPECT_GT(packer_.next(content, kRate, kNow, pool_, place_, out).taken, kRate / 4);
  EXPECT_LT(out.size(), kRate / 2);
}

// ---- The two halves ----

struct Halves {
  explicit Halves(std::size_t runs = limits::kPackedRuns)
      : packers(packing(runs)), decompressors(unpacking(runs)) {}

  /// One random operation: write, send, lose, double, reorder, read.
  void step(const Bytes& bytes, base::Prng& random) {
    if (written < bytes.size() && out.held() < 30'000) {
      const std::size_t count = std::min<std::size_t>(random.below(6000), bytes.size() - written);
      out.write(ByteView(bytes).subspan(written, count));
      written += count;
    }
    out.load(kRate, now, packers);
    if (out.has_next() && under_way.size() < 20) {
      const auto piece = out.next(1 + random.below(900));
      under_way.push_back({piece.offset, Bytes(piece.bytes.begin(), piece.bytes.end()), piece.packing});
      out.sent(piece.offset, piece.bytes.size());
    }
    if (!under_way.empty() && random.chance(0.7)) deliver(random);
    Bytes into(random.below(9000));
    into.resize(in.read(into, now, {5ms}));
    read.insert(read.end(), into.begin(), into.end());
    if (in.credit_due()) out.raise_limit(in.give_credit());
    now += 1ms;
  }

  void deliver(base::Prng& random) {
    const auto at = under_way.begin() + static_cast<long>(random.below(under_way.size()));
    const UnderWay item = *at;
    if (!random.chance(0.1)) under_way.erase(at);
    const bool lost = random.chance(0.2);
    if (!lost) {
      EXPECT_EQ(in.receive(item.offset, item.bytes, item.packing), std::nullopt);
    }
    if (lost || random.chance(0.2)) {
      out.lost(item.offset, item.bytes.size());
    } else {
      out.delivered(item.offset, item.bytes.size());
    }
  }

  struct UnderWay {
    std::uint64_t offset;
    Bytes bytes;
    Packing packing;
  };
  PackerPool packers;
  DecompressorPool decompressors;
  CreditPool credit;
  SendHalf out{limits::kInitialCredit};
  ReceiveHalf in{limits::kInitialCredit, credit, decompressors};
  std::vector<UnderWay> under_way;
  std::size_t written = 0;
  Bytes read;
  Time now = kNow;
};

TEST(PackedHalves, BringEveryByteOverATerribleLine) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Bytes bytes;
    for (std::uint64_t i = 0; i < 6; ++i) {
      const Bytes part =
          i % 2 == 0 ? text(30'000, seed + i) : random_bytes(seed % 2 == 0 ? 40'000 : 300, seed + i);
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    Halves halves;
    base::Prng random(seed);
    for (int step = 0; step < 300'000 && halves.read.size() < bytes.size(); ++step) {
      halves.step(bytes, random);
      ASSERT_FALSE(testing::Test::HasFailure()) << "SEED " << seed;
      ASSERT_LE(halves.in.held(), limits::kMaxCredit * 17 / 16 + limits::kPackedAllowance);
    }
    ASSERT_EQ(halves.read, bytes) << "SEED " << seed;
    EXPECT_LT(halves.in.next(), bytes.size()) << "it was packed";
  }
}

TEST(PackedHalves, KeepThePlaceUntilTheEndOfTheRunHasArrived) {
  Halves halves;
  halves.out.write(text(4000));
  halves.out.load(kRate, kNow, halves.packers);
  EXPECT_EQ(halves.packers.in_use, 1U);
  auto piece = halves.out.next(10'000);
  EXPECT_EQ(piece.packing, Packing::packed);
  EXPECT_EQ(halves.in.receive(piece.offset, piece.bytes, piece.packing), std::nullopt);
  EXPECT_EQ(halves.decompressors.in_use, 1U);
  halves.out.sent(piece.offset, piece.bytes.size());
  halves.out.delivered(piece.offset, piece.bytes.size());
  EXPECT_EQ(halves.packers.in_use, 1U) << "the run goes on";
  halves.out.end_packed_run();
  EXPECT_EQ(halves.packers.in_use, 1U);
  piece = halves.out.next(10'000);
  EXPECT_EQ(halves.in.receive(piece.offset, piece.bytes, piece.packing), std::nullopt);
  EXPECT_EQ(halves.decompressors.in_use, 0U);
  halves.out.sent(piece.offset, piece.bytes.size());
  halves.out.delivered(piece.offset, piece.bytes.size());
  EXPECT_EQ(halves.packers.in_use, 0U);
}

TEST(PackedHalves, NeedNoEndOfTheRunWhenTheStreamEnds) {
  Halves halves;
  halves.out.write(text(2000));
  halves.out.shut();
  EXPECT_FALSE(halves.out.fin_can_be_said()) << "where the end is is not known yet";
  halves.out.load(kRate, kNow, halves.packers);
  ASSERT_TRUE(halves.out.fin_can_be_said());
  EXPECT_FALSE(halves.out.in_packed_run());
  const auto piece = halves.out.next(10'000);
  halves.out.sent(piece.offset, piece.bytes.size());
  EXPECT_EQ(halves.in.receive(piece.offset, piece.bytes, piece.packing), std::nullopt);
  EXPECT_EQ(halves.decompressors.in_use, 1U);
  EXPECT_EQ(halves.in.end_at(halves.out.end()), std::nullopt);
  EXPECT_EQ(halves.decompressors.in_use, 0U) << "although nothing of it has been read";
  EXPECT_EQ(halves.in.readable(), 2000U);
  halves.out.delivered(piece.offset, piece.bytes.size());
  EXPECT_EQ(halves.packers.in_use, 1U);
  halves.out.set_fin(Delivery::delivered);
  EXPECT_EQ(halves.packers.in_use, 0U);
}

TEST(PackedHalves, KeepThePlaceWhenTheStreamIsResetUntilItHasLeftTheWire) {
  Halves halves;
  halves.out.write(text(2000));
  halves.out.load(kRate, kNow, halves.packers);
  halves.out.discard();
  EXPECT_EQ(halves.out.held(), 0U);
  EXPECT_EQ(halves.packers.in_use, 1U);
  halves.out.leave_place();
  EXPECT_EQ(halves.packers.in_use, 0U);
}

TEST(PackedHalves, CountCreditInWhatIsReadAndNotInWhatTravels) {
  Halves halves;
  halves.out.write(text(30'000));
  std::size_t content = 0;
  while (const auto loaded = halves.out.load(kRate, kNow, halves.packers).content) {
    content += loaded;
    const auto piece = halves.out.next(10'000);
    halves.out.sent(piece.offset, piece.bytes.size());
    ASSERT_EQ(halves.in.receive(piece.offset, piece.bytes, piece.packing), std::nullopt);
  }
  EXPECT_EQ(content, limits::kInitialCredit);
  EXPECT_EQ(halves.in.readable(), limits::kInitialCredit);
  EXPECT_LT(halves.out.end(), limits::kInitialCredit / 2);
  EXPECT_FALSE(halves.out.has_next());
}

// ---- Peers that violate the rules ----

TEST(PackedReceiveHalf, RefusesWhatUnpacksToMoreThanTheCredit) {
  for (const std::size_t size : {limits::kInitialCredit, limits::kInitialCredit + 1}) {
    Halves halves;
    Compressor compressor(limits::kPackWindowLog);
    Bytes packed;
    compressor.pack(Bytes(size), packed);
    EXPECT_EQ(halves.in.receive(0, packed, Packing::packed),
              size == limits::kInitialCredit ? std::nullopt : std::optional(ReceiveError::beyond_credit));
    EXPECT_LE(halves.in.held(), limits::kInitialCredit);
  }
}

TEST(PackedReceiveHalf, RefusesPackedDataThatItDidNotAskFor) {
  Halves halves;
  halves.decompressors.window_log = 0;
  EXPECT_EQ(halves.in.receive(0, Bytes(1), Packing::packed), ReceiveError::not_unpackable);
}

TEST(PackedReceiveHalf, RefusesMoreRunsAtOnceThanItAllows) {
  Halves halves(2);
  std::vector<std::unique_ptr<ReceiveHalf>> others;
  Compressor compressor(limits::kPackWindowLog);
  Bytes packed;
  compressor.pack(text(100), packed);
  for (int i = 0; i < 2; ++i) {
    others.push_back(
        std::make_unique<ReceiveHalf>(limits::kInitialCredit, halves.credit, halves.decompressors));
    EXPECT_EQ(others.back()->receive(0, packed, Packing::packed), std::nullopt);
  }
  EXPECT_EQ(halves.in.receive(0, packed, Packing::packed), ReceiveError::not_unpackable);
  others.front()->discard();
  ReceiveHalf another(limits::kInitialCredit, halves.credit, halves.decompressors);
  EXPECT_EQ(another.receive(0, packed, Packing::packed), std::nullopt)
      << "what was given up can be had again";
}

TEST(PackedReceiveHalf, HoldsOnlySoMuchThatHasNotComeInOrder) {
  Halves halves;
  const std::uint64_t most = limits::kInitialCredit * 17 / 16 + limits::kPackedAllowance;
  EXPECT_EQ(halves.in.receive(most - 10, Bytes(10), Packing::packed), std::nullopt);
  EXPECT_EQ(halves.in.receive(most - 9, Bytes(10), Packing::packed), ReceiveError::beyond_credit);
  EXPECT_EQ(halves.in.receive(0, Bytes(limits::kInitialCredit + 1)), ReceiveError::beyond_credit)
      << "plain bytes in order have no such allowance";
}

TEST(PackedReceiveHalf, TakesEachByteAsTheKindThatItCameAs) {
  Halves halves;
  Compressor compressor(limits::kPackWindowLog);
  Bytes packed;
  const Bytes content = text(500);
  compressor.pack(content, packed);
  compressor.finish(packed);
  const std::size_t half = packed.size() / 2;
  const ByteView view = packed;
  EXPECT_EQ(halves.in.receive(5 + packed.size(), Bytes{6, 7, 8}), std::nullopt);
  EXPECT_EQ(halves.in.receive(5 + half, view.subspan(half), Packing::packed), std::nullopt);
  EXPECT_EQ(halves.in.receive(5, view.first(half), Packing::packed), std::nullopt);
  EXPECT_EQ(halves.in.readable(), 0U);
  EXPECT_EQ(halves.in.receive(0, Bytes{1, 2, 3, 4, 5}), std::nullopt);
  Bytes expected{1, 2, 3, 4, 5};
  expected.insert(expected.end(), content.begin(), content.end());
  expected.insert(expected.end(), {6, 7, 8});
  Bytes read(1000);
  read.resize(halves.in.read(read, kNow, {5ms}));
  EXPECT_EQ(read, expected);
  EXPECT_EQ(halves.decompressors.in_use, 0U);
}

}  // namespace
}  // namespace serialtcp::mux
