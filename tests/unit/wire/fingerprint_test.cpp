// The fingerprint: CRC-64 by its definition, and everything that it covers.
#include "wire/fingerprint.h"

#include <gtest/gtest.h>

#include <string_view>

namespace serialtcp::wire {
namespace {

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

/// Bit by bit: Jones' polynomial, reflected, initial value and final XOR all ones.
std::uint64_t naive_crc64(ByteView bytes) {
  std::uint64_t crc = ~std::uint64_t{0};
  for (const Byte byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x95AC9329AC4BC9B5U : 0U);
  }
  return ~crc;
}

std::uint64_t value(const CheckContext& context, FrameEnd end) {
  Fingerprint fingerprint(context);
  fingerprint.add(bytes_of("body"));
  return fingerprint.finish(end);
}

TEST(Fingerprint, CoversSenderReceiverNumberBodyAndEndInThisOrder) {
  const CheckContext context{SessionId{0x0102030405060708}, SessionId{0x1112131415161718},
                             0x2122232425262728};
  const Bytes covered = {0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x18, 0x17,
                         0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x28, 0x27, 0x26, 0x25,
                         0x24, 0x23, 0x22, 0x21, 'b',  'o',  'd',  'y',  0x7C};
  EXPECT_EQ(value(context, FrameEnd::with_ack), naive_crc64(covered));
}

TEST(Fingerprint, IsTheSameHoweverTheBodyIsCut) {
  const Bytes body = bytes_of("a body that is longer than one machine word");
  Fingerprint whole(CheckContext{});
  whole.add(body);
  for (std::size_t split = 0; split <= body.size(); ++split) {
    Fingerprint pieces(CheckContext{});
    pieces.add(ByteView(body).first(split));
    pieces.add(ByteView(body).subspan(split));
    EXPECT_EQ(pieces.finish(FrameEnd::plain), whole.finish(FrameEnd::plain)) << split;
  }
}

TEST(Fingerprint, DiffersForAnotherSessionDirectionNumberOrEnd) {
  const SessionId us{1};
  const SessionId peer{2};
  const std::uint64_t right = value({us, peer, 5}, FrameEnd::plain);
  EXPECT_NE(value({peer, us, 5}, FrameEnd::plain), right);
  EXPECT_NE(value({SessionId{3}, peer, 5}, FrameEnd::plain), right);
  EXPECT_NE(value({us, SessionId{3}, 5}, FrameEnd::plain), right);
  EXPECT_NE(value({us, peer, 5 + 65536}, FrameEnd::plain), right);
  EXPECT_NE(value({us, peer, 5}, FrameEnd::with_ack), right);
}

}  // namespace
}  // namespace serialtcp::wire
