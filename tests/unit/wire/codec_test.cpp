// Escape coding: every special case as golden bytes, stopping and continuing at every byte, and decoding.
#include "wire/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/prng.h"

namespace serialtcp::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Bytes encoded(const Bytes& raw, FrameEnd end, Coding coding) {
  Encoder encoder;
  Bytes out;
  encoder.append(raw, out, coding);
  encoder.append_end(end, out);
  return out;
}

Bytes minimal(const Bytes& raw) {
  return encoded(raw, FrameEnd::plain, Coding::minimal);
}
Bytes doubled(const Bytes& raw) {
  return encoded(raw, FrameEnd::plain, Coding::doubled);
}

struct Frame {
  FrameEnd end;
  Bytes body;
  bool operator==(const Frame&) const = default;
};

std::vector<Frame> decoded(Decoder& decoder, ByteView bytes) {
  std::vector<Frame> frames;
  while (const auto found = decoder.next(bytes)) {
    frames.push_back({found->end, Bytes(found->body.begin(), found->body.end())});
  }
  return frames;
}

/// Every string of the bytes with a special meaning, and one without.
std::vector<Bytes> all_strings_up_to(std::size_t length) {
  std::vector<Bytes> strings{{}};
  for (std::size_t i = 0; i < strings.size(); ++i) {
    if (strings[i].size() == length) continue;
    for (const Byte byte : {kEscape, kEndPlain, kEndWithAck, Byte{'a'}}) {
      Bytes longer = strings[i];
      longer.push_back(byte);
      strings.push_back(longer);
    }
  }
  return strings;
}

TEST(Codec, LeavesOrdinaryBytesAlone) {
  EXPECT_THAT(minimal({'h', 'i'}), ElementsAre('h', 'i', 0x1F, 0x7E));
}

TEST(Codec, EndsAFrameThatCarriesAnAckDifferently) {
  EXPECT_THAT(encoded({'h'}, FrameEnd::with_ack, Coding::minimal), ElementsAre('h', 0x1F, 0x7C));
}

TEST(Codec, SendsASingleEscapeBeforeAnOrdinaryByteAsItIs) {
  EXPECT_THAT(minimal({0x1F, 'a'}), ElementsAre(0x1F, 'a', 0x1F, 0x7E));
  EXPECT_THAT(minimal({0x1F, 0x00}), ElementsAre(0x1F, 0x00, 0x1F, 0x7E));
}

TEST(Codec, DoublesAnEscapeBeforeEachByteThatWouldMeanSomething) {
  EXPECT_THAT(minimal({0x1F, 0x7E}), ElementsAre(0x1F, 0x1F, 0x7E, 0x1F, 0x7E));
  EXPECT_THAT(minimal({0x1F, 0x7C}), ElementsAre(0x1F, 0x1F, 0x7C, 0x1F, 0x7E));
}

TEST(Codec, DoublesAnEscapeBeforeAnotherAndBeforeTheEnd) {
  EXPECT_THAT(minimal({0x1F}), ElementsAre(0x1F, 0x1F, 0x1F, 0x7E));
  EXPECT_THAT(minimal({0x1F, 0x1F}), ElementsAre(0x1F, 0x1F, 0x1F, 0x1F, 0x1F, 0x7E));
  EXPECT_THAT(minimal({0x1F, 0x1F, 'a'}), ElementsAre(0x1F, 0x1F, 0x1F, 'a', 0x1F, 0x7E));
}

TEST(Codec, LeavesEndBytesWithoutAnEscapeAlone) {
  EXPECT_THAT(minimal({0x7E, 0x7C}), ElementsAre(0x7E, 0x7C, 0x1F, 0x7E));
}

TEST(Codec, DoublesEveryEscapeInDoubledCoding) {
  EXPECT_THAT(doubled({0x1F, 'a'}), ElementsAre(0x1F, 0x1F, 'a', 0x1F, 0x7E));
  EXPECT_THAT(doubled({0x1F, 0x1F}), ElementsAre(0x1F, 0x1F, 0x1F, 0x1F, 0x1F, 0x7E));
}

TEST(Codec, ShowsADoubledFrameToTheOriginalProgramAsPlainBytesOnly) {
  for (const Bytes& raw : all_strings_up_to(5)) {
    const Bytes wire = doubled(raw);
    for (std::size_t i = 0; i + 2 < wire.size(); ++i) {
      if (wire[i] != kEscape) continue;
      ++i;
      EXPECT_EQ(wire[i], kEscape) << testing::PrintToString(raw);
    }
  }
}

TEST(Codec, BringsBackEveryShortStringInEitherCoding) {
  for (const Bytes& raw : all_strings_up_to(7)) {
    for (const Coding coding : {Coding::minimal, Coding::doubled}) {
      for (const FrameEnd end : {FrameEnd::plain, FrameEnd::with_ack}) {
        Decoder decoder;
        ASSERT_THAT(decoded(decoder, encoded(raw, end, coding)), ElementsAre(Frame{end, raw}));
      }
    }
  }
}

TEST(Codec, GivesTheSameBytesWhereverTheEncoderHasToStop) {
  for (const Bytes& raw : all_strings_up_to(6)) {
    for (const Coding coding : {Coding::minimal, Coding::doubled}) {
      const Bytes whole = encoded(raw, FrameEnd::plain, coding);
      for (std::size_t split = 0; split <= whole.size(); ++split) {
        Encoder encoder;
        Bytes out(split);
        const Encoder::Progress first = encoder.encode(raw, out, coding);
        ASSERT_LE(first.filled, split);
        out.resize(first.filled);
        encoder.append(ByteView(raw).subspan(first.taken), out, coding);
        encoder.append_end(FrameEnd::plain, out);
        ASSERT_EQ(out, whole) << testing::PrintToString(raw) << " stopped at " << split;
      }
    }
  }
}

TEST(Codec, MakesProgressInRoomsOfTwoBytes) {
  for (const Bytes& raw : all_strings_up_to(6)) {
    Encoder encoder;
    Bytes out;
    for (std::size_t taken = 0; taken < raw.size();) {
      Bytes room(2);
      const auto progress = encoder.encode(ByteView(raw).subspan(taken), room, Coding::minimal);
      ASSERT_GT(progress.filled, 0U);
      taken += progress.taken;
      out.insert(out.end(), room.begin(), room.begin() + static_cast<long>(progress.filled));
    }
    encoder.append_end(FrameEnd::plain, out);
    ASSERT_EQ(out, minimal(raw));
  }
}

TEST(Codec, EndsAFrameCorrectlyWhereverTheEncoderStopped) {
  const Bytes raw = {0x1F, 0x7E, 0x1F, 0x1F, 'a', 0x1F, 0x7C, 0x1F};
  for (std::size_t room = 0; room < 16; ++room) {
    Encoder encoder;
    Bytes out(room);
    const auto progress = encoder.encode(raw, out, Coding::minimal);
    out.resize(progress.filled);
    encoder.append_end(FrameEnd::with_ack, out);
    Decoder decoder;
    const Bytes sent(raw.begin(), raw.begin() + static_cast<long>(progress.taken));
    EXPECT_THAT(decoded(decoder, out), ElementsAre(Frame{FrameEnd::with_ack, sent})) << room;
  }
}

TEST(Codec, ForgetsAPendingEscapeWhenReset) {
  Encoder encoder;
  Bytes out;
  encoder.append(Bytes{0x1F}, out, Coding::minimal);
  encoder.reset();
  out.clear();
  encoder.append(Bytes{0x7E}, out, Coding::minimal);
  EXPECT_THAT(out, ElementsAre(0x7E));
}

TEST(Codec, FindsTheSameFramesHoweverTheBytesAreCut) {
  Bytes wire;
  Encoder encoder;
  base::Prng random(7);
  std::vector<Frame> sent;
  for (int i = 0; i < 40; ++i) {
    Bytes raw(random.below(12));
    for (Byte& byte : raw) byte = std::array<Byte, 4>{kEscape, kEndPlain, kEndWithAck, 'a'}[random.below(4)];
    encoder.append(raw, wire, Coding::minimal);
    const FrameEnd end = random.chance(0.5) ? FrameEnd::plain : FrameEnd::with_ack;
    encoder.append_end(end, wire);
    sent.push_back({end, raw});
  }
  for (std::size_t split = 0; split <= wire.size(); ++split) {
    Decoder decoder;
    std::vector<Frame> found = decoded(decoder, ByteView(wire).first(split));
    const std::vector<Frame> rest = decoded(decoder, ByteView(wire).subspan(split));
    found.insert(found.end(), rest.begin(), rest.end());
    ASSERT_EQ(found, sent) << split;
  }
}

TEST(Codec, TakesAnUnknownEscapePairForALiteralEscape) {
  Decoder decoder;
  EXPECT_THAT(decoded(decoder, Bytes{0x1F, 'D', 0x1F, 0x7E}),
              ElementsAre(Frame{FrameEnd::plain, {0x1F, 'D'}}));
}

TEST(Codec, FindsAnEmptyFrameBetweenTwoEnds) {
  Decoder decoder;
  EXPECT_THAT(decoded(decoder, Bytes{0x1F, 0x7E, 0x1F, 0x7E}),
              ElementsAre(Frame{FrameEnd::plain, {}}, Frame{FrameEnd::plain, {}}));
}

TEST(Codec, TakesAFrameOfTheGreatestLength) {
  Decoder decoder;
  const Bytes wire = minimal(Bytes(limits::kMaxFrame, 'x'));
  ByteView rest = wire;
  const auto found = decoder.next(rest);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->overlong);
  EXPECT_EQ(found->body.size(), limits::kMaxFrame);
}

TEST(Codec, DropsAFrameOneByteLongerAndCountsIt) {
  Decoder decoder;
  Bytes wire = minimal(Bytes(limits::kMaxFrame + 1, 'x'));
  const Bytes next = minimal({'y'});
  wire.insert(wire.end(), next.begin(), next.end());
  ByteView rest = wire;
  const auto found = decoder.next(rest);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->overlong);
  EXPECT_THAT(found->body, IsEmpty());
  EXPECT_EQ(found->dropped, limits::kMaxFrame + 1);
  EXPECT_THAT(decoded(decoder, rest), ElementsAre(Frame{FrameEnd::plain, {'y'}}));
}

TEST(Codec, HoldsNoMoreThanOneFrameOfEndlessNoise) {
  Decoder decoder;
  const Bytes noise(limits::kMaxFrame, 'x');
  for (int i = 0; i < 1000; ++i) EXPECT_THAT(decoded(decoder, noise), IsEmpty());
  EXPECT_EQ(decoder.pending(), 1000 * limits::kMaxFrame);
  const Bytes boundary = {0x1F, 0x7E};
  ByteView end = boundary;
  const auto found = decoder.next(end);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->dropped, 1000 * limits::kMaxFrame);
}

TEST(Codec, KnowsHowManyBytesWaitForAnEnd) {
  Decoder decoder;
  EXPECT_EQ(decoder.pending(), 0U);
  decoded(decoder, Bytes{'a', 'b'});
  EXPECT_EQ(decoder.pending(), 2U);
  decoded(decoder, Bytes{0x1F});
  EXPECT_EQ(decoder.pending(), 3U);
  decoded(decoder, Bytes{0x7E});
  EXPECT_EQ(decoder.pending(), 0U);
}

TEST(Codec, ForgetsAHalfFrameWhenReset) {
  Decoder decoder;
  decoded(decoder, Bytes{'a', 'b', 0x1F});
  decoder.reset();
  EXPECT_EQ(decoder.pending(), 0U);
  EXPECT_THAT(decoded(decoder, Bytes{0x7E, 0x1F, 0x7E}), ElementsAre(Frame{FrameEnd::plain, {0x7E}}));
}

TEST(Codec, CostsTheExpectedOverheadOnRandomBytes) {
  base::Prng random(3);
  Bytes raw(1 << 16);
  for (Byte& byte : raw) byte = static_cast<Byte>(random.next());
  // One byte in 256 is an escape, three in 256 of those cost one more: 65536 * 3 / 256^2 = 3.
  EXPECT_LE(minimal(raw).size() - raw.size(), 2U + 15U);
}

}  // namespace
}  // namespace serialtcp::wire
