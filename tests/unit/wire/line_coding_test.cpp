// Line coding: golden bytes, every set of values, any cuts, what damage can affect, and what it costs.
#include "wire/line_coding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/prng.h"
#include "wire/codec.h"

namespace serialtcp::wire {
namespace {

ByteSet set_of(std::initializer_list<unsigned> values) {
  ByteSet set;
  for (const unsigned value : values) set.set(value);
  return set;
}

const LineCoding kFlowControl{LineMode::escaped, set_of({0x11, 0x13, 0x91, 0x93})};
const LineCoding kPrintable{LineMode::printable, {}};
const LineCoding kLines{LineMode::lines, {}};

Bytes encoded(const LineCoding& coding, ByteView raw) {
  LineEncoder encoder(coding);
  Bytes line;
  encoder.encode(raw, line);
  return line;
}

Bytes decoded(const LineCoding& coding, ByteView line) {
  LineDecoder decoder(coding);
  Bytes raw;
  decoder.decode(line, raw);
  return raw;
}

Bytes random_bytes(base::Prng& random, std::size_t size) {
  Bytes bytes(size);
  for (Byte& byte : bytes) byte = static_cast<Byte>(random.next());
  return bytes;
}

/// Frames of this many random bytes each, as wire::Encoder makes them.
Bytes frames(base::Prng& random, std::size_t count, std::size_t size) {
  Encoder encoder;
  Bytes line;
  for (std::size_t i = 0; i < count; ++i) {
    encoder.append(random_bytes(random, size), line, Coding::minimal);
    encoder.append_end(i % 2 == 0 ? FrameEnd::plain : FrameEnd::with_ack, line);
  }
  return line;
}

std::string text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(LineCoding, WhatNeedsNoEscapeIsSentAsItIs) {
  const Bytes frame{0x81, 0x22, 0x1F, 0x7E};
  EXPECT_EQ(encoded(kFlowControl, frame), frame);
  EXPECT_EQ(encoded({}, frame), frame);
}

// The golden bytes of docs/protocol.md.
TEST(LineCoding, AnEscapeCarriesHalfOfTheNextByte) {
  // 11 has row 0, and codes are the values without 11, 13, 91, 93 and E5: row 0 and half 8 is 08.
  // Of 81 22 1F 7E remain 1 2 2 1 F 7 E, and the last half is flushed: row 7, code 17 * 7 + 14 = 133, which is 87.
  EXPECT_EQ(encoded(kFlowControl, Bytes{0x11, 0x81, 0x22, 0x1F, 0x7E}),
            (Bytes{0xE5, 0x08, 0x12, 0x21, 0xF7, 0xE5, 0x87}));
}

TEST(LineCoding, PrintableIsPrintable) {
  EXPECT_EQ(text(encoded(kPrintable, Bytes{0x1F, 0x7E})), "wf%!");
  EXPECT_EQ(text(encoded(kLines, Bytes{0x1F, 0x7E})), "wf%!\n");
}

std::vector<LineCoding> codings() {
  std::vector<LineCoding> all = {{}, kFlowControl, kPrintable, kLines};
  base::Prng random(7);
  for (int i = 0; i < 200; ++i) {
    LineCoding& coding = all.emplace_back(LineCoding{LineMode::escaped, {}});
    const std::size_t count = 1 + random.below(kMostEscaped);
    while (coding.avoided.count() < count) coding.avoided.set(random.below(256));
  }
  for (const unsigned value : {0x1FU, 0x7EU, 0x7CU, 0xE5U})
    all.push_back({LineMode::escaped, set_of({value})});
  all.push_back({LineMode::escaped, set_of({0x1F, 0x7E, 0x7C, 0xE5, 0xE6, 0x00, 0xFF, 0xF7})});
  return all;
}

TEST(LineCoding, AnyFramesArriveInAnyPieces) {
  base::Prng random(1);
  for (const LineCoding& coding : codings()) {
    const Bytes raw = frames(random, 40, 1 + random.below(300));
    LineEncoder encoder(coding);
    Bytes line;
    for (ByteView rest = raw; !rest.empty();) {
      const std::size_t count = std::min<std::size_t>(rest.size(), 1 + random.below(9));
      encoder.encode(rest.first(count), line);
      rest = rest.subspan(count);
    }
    EXPECT_EQ(line, encoded(coding, raw)) << "it depends on the pieces";
    for (const Byte byte : line) ASSERT_FALSE(coding.avoided[byte]);
    LineDecoder decoder(coding);
    Bytes back;
    for (ByteView rest = line; !rest.empty();) {
      const std::size_t count = std::min<std::size_t>(rest.size(), 1 + random.below(9));
      decoder.decode(rest.first(count), back);
      rest = rest.subspan(count);
    }
    EXPECT_EQ(back, raw);
  }
}

TEST(LineCoding, EveryFrameIsCompleteAtItsEnd) {
  base::Prng random(2);
  for (const LineCoding& coding : codings()) {
    LineEncoder encoder(coding);
    LineDecoder decoder(coding);
    for (int i = 0; i < 50; ++i) {
      const Bytes raw = frames(random, 1, random.below(20));
      Bytes line;
      encoder.encode(raw, line);
      Bytes back;
      decoder.decode(line, back);
      EXPECT_EQ(back, raw);
    }
  }
}

/// Damage of any kind: the frame after the one that it hits arrives.
TEST(LineCoding, DamageEndsWithTheFrame) {
  base::Prng random(3);
  for (const LineCoding& coding : codings()) {
    for (int i = 0; i < 200; ++i) {
      const Bytes before = frames(random, 1, 60);
      const Bytes after = frames(random, 2, 60);
      LineEncoder encoder(coding);
      Bytes line;
      encoder.encode(before, line);
      const std::size_t size = line.size();
      encoder.encode(after, line);
      // Not in the end of the frame.
      const std::size_t at = random.below(size - 6);
      const auto where = line.begin() + static_cast<std::ptrdiff_t>(at);
      if (i % 3 == 0) line.erase(where);
      if (i % 3 == 1) line.insert(where, static_cast<Byte>(random.next()));
      if (i % 3 == 2) *where = static_cast<Byte>(random.next());
      const Bytes back = decoded(coding, line);
      ASSERT_GE(back.size(), after.size());
      const Bytes end(back.end() - static_cast<std::ptrdiff_t>(after.size()), back.end());
      ASSERT_EQ(end, after) << "at " << at << " kind " << i % 3 << " of " << coding.avoided;
    }
  }
}

TEST(LineCoding, WhatTheLineInsertsIsIgnored) {
  base::Prng random(4);
  const Bytes raw = frames(random, 3, 200);
  for (const LineCoding& coding : {kFlowControl, kPrintable}) {
    const Bytes line = encoded(coding, raw);
    Bytes with_more;
    for (const Byte byte : line) {
      with_more.push_back(byte);
      if (random.chance(0.1)) with_more.push_back(coding.mode == LineMode::escaped ? 0x13 : '\r');
    }
    EXPECT_EQ(decoded(coding, with_more), raw);
  }
}

TEST(LineCoding, PrintableArrivesWithoutTheEighthBitAndWithAnyEndsOfLines) {
  base::Prng random(5);
  const Bytes raw = frames(random, 5, 1000);
  Bytes line;
  std::size_t column = 0;
  for (const Byte byte : encoded(kLines, raw)) {
    column = byte == '\n' ? 0 : column + 1;
    ASSERT_LE(column, 241U);
    if (byte == '\n') line.push_back('\r');
    line.push_back(byte);
  }
  for (const Byte byte : encoded(kPrintable, raw)) {
    ASSERT_TRUE(byte > 0x20 && byte < 0x7F && byte != '~' && byte != '+');
  }
  EXPECT_EQ(decoded(kLines, line), raw);
  for (Byte& byte : line) byte |= 0x80;
  EXPECT_EQ(decoded(kLines, line), raw);
}

double cost(const LineCoding& coding) {
  base::Prng random(6);
  const Bytes raw = frames(random, 500, 2000);
  return static_cast<double>(encoded(coding, raw).size()) / static_cast<double>(raw.size()) - 1;
}

TEST(LineCoding, CostsLittle) {
  EXPECT_EQ(cost({}), 0);
  EXPECT_LT(cost({LineMode::escaped, set_of({0x13})}), 0.005);
  EXPECT_LT(cost(kFlowControl), 0.011);
  EXPECT_LT(cost({LineMode::escaped, set_of({0, 3, 4, 0x0D, 0x11, 0x13, 0x1A, 0x1C})}), 0.02);
  EXPECT_LT(cost(kPrintable), 0.24);
  EXPECT_LT(cost(kLines), 0.25);
}

TEST(LineCoding, TheCheapestIsChosen) {
  ByteSet none;
  EXPECT_EQ(coding_for(none)->mode, LineMode::plain);
  EXPECT_EQ(coding_for(kFlowControl.avoided), kFlowControl);
  ByteSet high;
  for (unsigned value = 0x80; value < 256; ++value) high.set(value);
  EXPECT_EQ(coding_for(high), kPrintable);
  high.set('A');
  EXPECT_EQ(coding_for(high), std::nullopt);
}

TEST(LineCoding, AnyBytesCanBeDecoded) {
  base::Prng random(8);
  for (const LineCoding& coding : codings()) {
    const Bytes noise = random_bytes(random, 5000);
    // Hardly more than arrived: a code stands for a byte and a half.
    EXPECT_LE(decoded(coding, noise).size(), noise.size() + noise.size() / 2);
  }
}

}  // namespace
}  // namespace serialtcp::wire
