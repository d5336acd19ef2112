// The check value: CRC-32C as other implementations compute it, and everything that it covers.
#include "wire/check_value.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string_view>

#include "base/cursor.h"

namespace serialtcp::wire {
namespace {

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

/// Bit by bit, by the definition.
std::uint32_t naive_crc32c(ByteView bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const Byte byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

TEST(CheckValue, IsTheCommonCrc32c) {
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
}

TEST(CheckValue, AgreesWithTheExamplesOfRfc3720) {
  EXPECT_EQ(crc32c(Bytes(32, 0x00)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(Bytes(32, 0xFF)), 0x62A8AB43U);
  Bytes ascending(32);
  std::iota(ascending.begin(), ascending.end(), Byte{0});
  EXPECT_EQ(crc32c(ascending), 0x46DD794EU);
  EXPECT_EQ(crc32c(Bytes(ascending.rbegin(), ascending.rend())), 0x113FDB5CU);
  const Bytes read_command = {0x01, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                              0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
                              0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28, 0x00, 0x00, 0x00,
                              0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
  EXPECT_EQ(crc32c(read_command), 0xD9963A56U);
}

TEST(CheckValue, CoversSenderReceiverNumberBodyAndEndInThisOrder) {
  const CheckContext context{SessionId{0x0102030405060708}, SessionId{0x1112131415161718},
                             0x2122232425262728};
  CheckValue check(context);
  check.add(bytes_of("body"));
  const Bytes covered = {0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x18, 0x17,
                         0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x28, 0x27, 0x26, 0x25,
                         0x24, 0x23, 0x22, 0x21, 'b',  'o',  'd',  'y',  0x7C};
  EXPECT_EQ(check.finish(FrameEnd::with_ack), naive_crc32c(covered));
}

TEST(CheckValue, IsTheSameHoweverTheBodyIsCut) {
  const Bytes body = bytes_of("a body that is longer than one machine word");
  CheckValue whole(CheckContext{});
  whole.add(body);
  for (std::size_t split = 0; split <= body.size(); ++split) {
    CheckValue pieces(CheckContext{});
    pieces.add(ByteView(body).first(split));
    pieces.add(ByteView(body).subspan(split));
    EXPECT_EQ(pieces.finish(FrameEnd::plain), whole.finish(FrameEnd::plain)) << split;
  }
}

TEST(CheckValue, DiffersForAnotherSessionDirectionNumberOrEnd) {
  const auto value = [](CheckContext context, FrameEnd end) {
    CheckValue check(context);
    check.add(bytes_of("body"));
    return check.finish(end);
  };
  const SessionId us{1};
  const SessionId peer{2};
  const std::uint32_t right = value({us, peer, 5}, FrameEnd::plain);
  EXPECT_NE(value({peer, us, 5}, FrameEnd::plain), right);
  EXPECT_NE(value({SessionId{3}, peer, 5}, FrameEnd::plain), right);
  EXPECT_NE(value({us, SessionId{3}, 5}, FrameEnd::plain), right);
  EXPECT_NE(value({us, peer, 5 + 64}, FrameEnd::plain), right);
  EXPECT_NE(value({us, peer, 5}, FrameEnd::with_ack), right);
}

}  // namespace
}  // namespace serialtcp::wire
