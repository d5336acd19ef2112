// SLIP's frames: RFC 1055's codes, any pieces, noise, frames that are too long.
#include "ip/slip_framing.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/prng.h"
#include "hex.h"

namespace serialtcp::ip {
namespace {

using test::from_hex;
using test::to_hex;

constexpr std::size_t kLargest = 100;

std::string framed(ByteView packet, bool flush) {
  Bytes out;
  append_slip_frame(packet, flush, out);
  return to_hex(out);
}

/// The frames as text, "!" for a damaged one.
std::vector<std::string> frames_of(SlipReader& reader, ByteView bytes) {
  std::vector<std::string> frames;
  while (const auto frame = reader.next(bytes)) frames.push_back(frame->damaged ? "!" : to_hex(frame->bytes));
  return frames;
}

std::vector<std::string> frames_of(std::string_view hex) {
  SlipReader reader(kLargest);
  return frames_of(reader, from_hex(hex));
}

using Frames = std::vector<std::string>;

TEST(SlipFraming, EscapesAsTheRfcSays) {
  EXPECT_EQ(framed(from_hex("01c0dbdcdd02"), true), "c001dbdcdbdddcdd02c0");
  EXPECT_EQ(framed(from_hex("01"), false), "01c0");
}

TEST(SlipFraming, ReadsFramesWithAndWithoutAnEndBefore) {
  EXPECT_EQ(frames_of("c001dbdc02c003c0c0c004c005"), (Frames{"01c002", "03", "04"}));
}

TEST(SlipFraming, NoiseBeforeAFrameEndsWithTheEndBeforeIt) {
  EXPECT_EQ(frames_of("ff17c00102c0"), (Frames{"ff17", "0102"}));
}

TEST(SlipFraming, AnEscapeThatIsNoneDamagesItsFrameOnly) {
  EXPECT_EQ(frames_of("01db0203c004c0"), (Frames{"!", "04"}));
  EXPECT_EQ(frames_of("01dbdbdcc004c0"), (Frames{"!", "04"}));
  EXPECT_EQ(frames_of("01dbc004c0"), (Frames{"!", "04"}));
}

TEST(SlipFraming, EveryByteArrivesInAnyPieces) {
  Bytes packet;
  for (unsigned byte = 0; byte < kLargest; ++byte) packet.push_back(static_cast<Byte>(0xC0U + byte));
  Bytes line;
  for (int i = 0; i < 3; ++i) append_slip_frame(packet, i == 1, line);
  for (std::size_t piece = 1; piece < line.size(); ++piece) {
    SlipReader reader(kLargest);
    Frames frames;
    for (std::size_t at = 0; at < line.size(); at += piece) {
      const auto some = frames_of(reader, ByteView(line).subspan(at, std::min(piece, line.size() - at)));
      frames.insert(frames.end(), some.begin(), some.end());
    }
    ASSERT_EQ(frames, Frames(3, to_hex(packet))) << piece;
  }
}

TEST(SlipFraming, AFrameThatIsTooLongIsSkippedAndHoldsNoMemory) {
  SlipReader reader(kLargest);
  const Bytes endless(10'000, 0x55);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(frames_of(reader, endless).empty());
  EXPECT_LE(reader.held(), kLargest);
  EXPECT_EQ(frames_of(reader, from_hex("c00102c0")), (Frames{"!", "0102"}));
}

TEST(SlipFraming, TheLargestFrameIsTaken) {
  Bytes line;
  append_slip_frame(Bytes(kLargest, 0xDB), false, line);
  append_slip_frame(Bytes(kLargest + 1, 0xDB), false, line);
  SlipReader reader(kLargest);
  EXPECT_EQ(frames_of(reader, line), (Frames{to_hex(Bytes(kLargest, 0xDB)), "!"}));
}

TEST(SlipFraming, RandomPacketsArriveInOrder) {
  base::Prng random(7);
  for (int round = 0; round < 200; ++round) {
    Frames sent;
    Bytes line;
    for (int i = 0; i < 5; ++i) {
      Bytes packet(1 + random.below(kLargest));
      for (Byte& byte : packet)
        byte = static_cast<Byte>(random.chance(0.5) ? 0xC0 + random.below(32) : random.next());
      append_slip_frame(packet, random.chance(0.5), line);
      sent.push_back(to_hex(packet));
    }
    SlipReader reader(kLargest);
    ASSERT_EQ(frames_of(reader, line), sent) << round;
  }
}

}  // namespace
}  // namespace serialtcp::ip
