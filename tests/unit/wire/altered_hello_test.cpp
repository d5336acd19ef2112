// What a line does to a byte value that each hello contains.
#include "wire/altered_hello.h"

#include <gtest/gtest.h>

#include <array>

#include "wire/codec.h"

namespace serialtcp::wire {
namespace {

using Kind = ByteChange::Kind;

Hello hello_of(std::uint64_t session) {
  Hello hello;
  hello.session.value = session;
  hello.letter = true;
  hello.max_streams = 1024;
  hello.initial_credit = 8192;
  return hello;
}

const Hello kOwn = hello_of(0x6162636465666768);
const Hello kPeer = hello_of(0x696A6B6C6D6E6F70);

/// `count` hellos of the peer as it sends them, of which each `value` arrives as `becomes`.
Bytes received(int count, Byte value, const Bytes& becomes) {
  std::array<Byte, kMaxHelloSize> buffer;
  base::Writer raw(buffer);
  write_hello(kPeer, raw);
  raw.little(0x99887766, 4);
  Bytes sent;
  Encoder encoder;
  for (int i = 0; i < count; ++i) {
    encoder.append_end(FrameEnd::plain, sent);
    encoder.append(raw.written(), sent, Coding::doubled);
    encoder.append_end(FrameEnd::plain, sent);
  }
  Bytes arrives;
  for (const Byte byte : sent) {
    if (byte == value) {
      arrives.insert(arrives.end(), becomes.begin(), becomes.end());
    } else {
      arrives.push_back(byte);
    }
  }
  return arrives;
}

TEST(AlteredHello, ShowsWhatIsLostReplacedOrExtended) {
  for (const Byte value : {Byte{0x00}, Byte{0x02}, Byte{0x1F}, Byte{0x7E}}) {
    EXPECT_EQ(altered_hello(received(2, value, {}), kOwn, 2), (ByteChange{Kind::lost, value, 0}))
        << int(value);
    EXPECT_EQ(altered_hello(received(2, value, {0x7F}), kOwn, 2), (ByteChange{Kind::replaced, value, 0x7F}))
        << int(value);
    EXPECT_EQ(altered_hello(received(2, value, {value, 0x11}), kOwn, 2),
              (ByteChange{Kind::extended, value, 0x11}))
        << int(value);
  }
}

TEST(AlteredHello, IsNoneThatIsCorrect) {
  EXPECT_EQ(altered_hello(received(5, 0x00, {0x00}), kOwn, 1), std::nullopt);
}

TEST(AlteredHello, IsNoneThatNoiseHasDamagedOnce) {
  Bytes line = received(4, 0x00, {0x00});
  line.erase(line.begin() + 2);
  EXPECT_EQ(altered_hello(line, kOwn, 1), std::nullopt);
}

TEST(AlteredHello, IsSeenAsOftenAsDemanded) {
  EXPECT_EQ(altered_hello(received(1, 0x00, {}), kOwn, 2), std::nullopt);
  EXPECT_EQ(altered_hello(received(1, 0x00, {}), kOwn, 1), (ByteChange{Kind::lost, 0x00, 0}));
}

TEST(AlteredHello, IsNotSoughtInNothing) {
  EXPECT_EQ(altered_hello({}, kOwn, 1), std::nullopt);
  EXPECT_EQ(altered_hello(Bytes(512, 0x7E), kOwn, 1), std::nullopt);
  EXPECT_EQ(altered_hello(Bytes(512, 0x00), kOwn, 1), std::nullopt);
}

}  // namespace
}  // namespace serialtcp::wire
