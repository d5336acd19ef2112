// Frame headers and acks: golden bytes of every form, truncated numbers at every limit, and malformed ones.
#include "wire/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/prng.h"

namespace serialtcp::wire {
namespace {

using ::testing::ElementsAre;

Bytes written(const FrameHeader& header) {
  std::array<Byte, 8> buffer;
  base::Writer writer(buffer);
  write_header(header, writer);
  return {writer.written().begin(), writer.written().end()};
}

Bytes written(const Ack& ack) {
  std::array<Byte, 64> buffer;
  base::Writer writer(buffer);
  write_ack(ack, writer);
  return {writer.written().begin(), writer.written().end()};
}

std::optional<FrameHeader> header_of(const Bytes& bytes) {
  base::Reader reader(bytes);
  return read_header(reader);
}

TEST(FrameHeader, HasOneByteForSixBits) {
  EXPECT_THAT(written(FrameHeader{NumberForm::bits6, 0x25, false}), ElementsAre(0xA5));
  EXPECT_THAT(written(FrameHeader{NumberForm::bits6, 0x25, true}), ElementsAre(0xE5));
  EXPECT_THAT(written(FrameHeader{NumberForm::bits6, 0xFFFFFF00, false}), ElementsAre(0x80));
}

TEST(FrameHeader, HasTwoBytesForThirteenBitsTheHighOnesFirst) {
  EXPECT_THAT(written(FrameHeader{NumberForm::bits13, 0x1234, false}), ElementsAre(0x52, 0x34));
  EXPECT_THAT(written(FrameHeader{NumberForm::bits13, 0x1234, true}), ElementsAre(0x72, 0x34));
  EXPECT_THAT(written(FrameHeader{NumberForm::bits13, 0xFFFFFFFF, false}), ElementsAre(0x5F, 0xFF));
}

TEST(FrameHeader, HasFiveBytesFor32BitsTheLowOnesFirst) {
  EXPECT_THAT(written(FrameHeader{NumberForm::bits32, 0x12345678, false}),
              ElementsAre(0x01, 0x78, 0x56, 0x34, 0x12));
  EXPECT_THAT(written(FrameHeader{NumberForm::bits32, 0x12345678, true}),
              ElementsAre(0x03, 0x78, 0x56, 0x34, 0x12));
}

TEST(FrameHeader, IsReadAsItWasWritten) {
  for (const NumberForm form : {NumberForm::bits6, NumberForm::bits13, NumberForm::bits32}) {
    const std::uint32_t mask = form == NumberForm::bits6 ? 0x3F : form == NumberForm::bits13 ? 0x1FFF : ~0U;
    for (const std::uint32_t bits : {0U, 1U, 0x3FU, 0x40U, 0x1FFFU, 0x2000U, 0x12345678U, ~0U}) {
      for (const bool answer : {false, true}) {
        const auto header = header_of(written(FrameHeader{form, bits, answer}));
        ASSERT_TRUE(header);
        EXPECT_EQ(header->form, form);
        EXPECT_EQ(header->low_bits, bits & mask);
        EXPECT_EQ(header->answer_at_once, answer);
      }
    }
  }
}

TEST(FrameHeader, IsNotReadFromAnyOtherFirstByte) {
  for (unsigned first = 0; first < 0x40; ++first) {
    const auto header = header_of({static_cast<Byte>(first), 0, 0, 0, 0});
    EXPECT_EQ(header.has_value(), first == 1 || first == 3) << first;
  }
}

TEST(FrameHeader, IsNotReadFromTooFewBytes) {
  EXPECT_FALSE(header_of({}));
  EXPECT_FALSE(header_of({0x40}));
  EXPECT_FALSE(header_of({0x01, 0, 0, 0}));
}

TEST(FrameNumber, TakesTheShortestFormUpToItsEdge) {
  EXPECT_EQ(shortest_form(1, 0), NumberForm::bits6);
  EXPECT_EQ(shortest_form(132, 100), NumberForm::bits6);
  EXPECT_EQ(shortest_form(133, 100), NumberForm::bits13);
  EXPECT_EQ(shortest_form(4196, 100), NumberForm::bits13);
  EXPECT_EQ(shortest_form(4197, 100), NumberForm::bits32);
}

TEST(FrameNumber, IsUnderstoodWhateverTheReceiverHasGotSinceItsLastAckArrived) {
  for (const std::uint64_t acked :
       {0ULL, 1ULL, 31ULL, 32ULL, 63ULL, 64ULL, 8190ULL, 1ULL << 20, (1ULL << 40) - 5}) {
    for (const std::uint64_t ahead :
         {1ULL, 2ULL, 31ULL, 32ULL, 33ULL, 64ULL, 4095ULL, 4096ULL, 4097ULL, 10000ULL}) {
      const std::uint64_t number = acked + ahead;
      const std::uint64_t step = std::max<std::uint64_t>(1, ahead / 7);
      const FrameHeader header{shortest_form(number, acked), static_cast<std::uint32_t>(number), false};
      const auto read = header_of(written(header));
      ASSERT_TRUE(read);
      for (std::uint64_t largest = acked; largest <= number; largest += step) {
        ASSERT_EQ(full_number(*read, largest), number) << "acked " << acked << " largest " << largest;
      }
    }
  }
}

TEST(FrameNumber, OfAFrameThatCameTwiceIsTheOldOne) {
  for (std::uint64_t back = 0; back < 31; ++back) {
    const FrameHeader header{NumberForm::bits6, static_cast<std::uint32_t>((1000 - back) & 0x3F), false};
    EXPECT_EQ(full_number(header, 1000), 1000 - back);
  }
}

TEST(Ack, IsOneByteWhenEverythingHasArrived) {
  Ack ack;
  ack.brief = true;
  ack.largest = 0x1005;
  EXPECT_THAT(written(ack), ElementsAre(0x05));
}

TEST(Ack, HasSixteenBitsOfTheNumberInItsLongForm) {
  Ack ack;
  ack.largest = 0x1234;
  EXPECT_THAT(written(ack), ElementsAre(0x34, 0x12, 0x80));
}

TEST(Ack, SaysWhenTheNewestFrameArrived) {
  Ack ack;
  ack.largest = 0x1234;
  ack.arrival = 0xABCDEF;
  EXPECT_THAT(written(ack), ElementsAre(0xEF, 0xCD, 0xAB, 0x34, 0x12, 0xC0));
}

TEST(Ack, SaysWhatIsMissingGoingDown) {
  Ack ack;
  ack.largest = 20;
  ack.gap_count = 2;
  ack.gaps[0] = {3, 1};
  ack.gaps[1] = {5, 2};
  EXPECT_THAT(written(ack), ElementsAre(3, 1, 5, 2, 20, 0, 0x82));
}

TEST(Ack, SaysThatThereIsMoreAndThatSomethingWasDamaged) {
  Ack ack;
  ack.largest = 20;
  ack.more = true;
  EXPECT_THAT(written(ack), ElementsAre(20, 0, 0xA0));
  ack.more = false;
  ack.damaged = true;
  EXPECT_THAT(written(ack), ElementsAre(20, 0, 0x90));
}

TEST(Ack, ListsAsManyGapsAsItsFieldCanCount) {
  Ack ack;
  ack.gap_count = limits::kMaxAckRanges;
  EXPECT_EQ(written(ack).back(), 0x8F);
  EXPECT_EQ(written(ack).size(), 2 * limits::kMaxAckRanges + 3);
}

TEST(Ack, IsTakenOffTheEndAndLeavesTheRest) {
  base::Prng random(1);
  for (int i = 0; i < 2000; ++i) {
    Ack ack;
    ack.brief = random.chance(0.2);
    ack.largest = static_cast<std::uint32_t>(random.below(ack.brief ? 64 : 65536));
    if (!ack.brief) {
      if (random.chance(0.5)) ack.arrival = static_cast<std::uint32_t>(random.below(1 << kArrivalBits));
      ack.damaged = random.chance(0.5);
      ack.more = random.chance(0.5);
      ack.gap_count = random.below(limits::kMaxAckRanges + 1);
      for (std::size_t g = 0; g < ack.gap_count; ++g) {
        ack.gaps[g] = {static_cast<Byte>(random.next()), static_cast<Byte>(random.next())};
      }
    }
    Bytes bytes = {'r', 'e', 's', 't'};
    const Bytes tail = written(ack);
    bytes.insert(bytes.end(), tail.begin(), tail.end());
    ByteView body = bytes;
    const auto taken = take_ack(body);
    ASSERT_TRUE(taken);
    ASSERT_THAT(body, ElementsAre('r', 'e', 's', 't'));
    ASSERT_EQ(taken->brief, ack.brief);
    ASSERT_EQ(taken->largest, ack.largest);
    ASSERT_EQ(taken->arrival, ack.arrival);
    ASSERT_EQ(taken->damaged, ack.damaged);
    ASSERT_EQ(taken->more, ack.more);
    ASSERT_EQ(taken->gap_count, ack.gap_count);
    ASSERT_EQ(taken->gaps, ack.gaps);
  }
}

TEST(Ack, IsMalformedWhenItsBeginningIsMissing) {
  Ack ack;
  ack.arrival = 1;
  ack.gap_count = 2;
  const Bytes whole = written(ack);
  for (std::size_t missing = 1; missing <= whole.size(); ++missing) {
    ByteView body = ByteView(whole).subspan(missing);
    EXPECT_FALSE(take_ack(body)) << missing;
  }
}

TEST(Ack, IsMalformedInTheReservedHalfOfItsShortForm) {
  for (unsigned last = 0x40; last < 0x80; ++last) {
    const Bytes bytes = {0, 0, 0, 0, 0, static_cast<Byte>(last)};
    ByteView body = bytes;
    EXPECT_FALSE(take_ack(body)) << last;
  }
}

}  // namespace
}  // namespace serialtcp::wire
