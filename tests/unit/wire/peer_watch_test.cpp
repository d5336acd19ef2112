// Keys reach the console at once; nothing of a peer does, in whatever pieces it comes.
#include "wire/peer_watch.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/cursor.h"
#include "base/prng.h"
#include "wire/check_value.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/line_message.h"
#include "wire/terminal.h"

namespace serialtcp::wire {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kRate = 11520;
/// What each end sends first, for a peer that speaks the original's protocol, and behind a hello.
constexpr std::string_view kFirst = "\x1f\x44\x1f\x44";
constexpr std::string_view kLast = "\x1f\x43\x1f\x7e";

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string text_in(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

Bytes hello_of(std::uint64_t seed, bool goodbye = false) {
  base::Prng random(seed);
  Hello hello;
  hello.roles = Role::server;
  hello.goodbye = goodbye;
  hello.session = printable_session(random);
  hello.max_streams = 16384;
  hello.initial_credit = 8192;
  hello.unpacking = Unpacking{.window_log = 20, .runs = 32};
  hello.features = Features(0x47);
  std::array<Byte, kMaxHelloSize + kCheckSize> raw{};
  base::Writer writer(raw);
  write_hello(hello, writer);
  CheckValue check{CheckContext{}};
  check.add(writer.written());
  writer.little(check.finish(FrameEnd::plain), kCheckSize);
  Bytes wire = bytes_of(kFirst);
  Encoder encoder;
  encoder.append_end(FrameEnd::plain, wire);
  encoder.append(writer.written(), wire, Coding::doubled);
  encoder.append_end(FrameEnd::plain, wire);
  const Bytes last = bytes_of(kLast);
  wire.insert(wire.end(), last.begin(), last.end());
  return wire;
}

class PeerWatches : public testing::Test {
 protected:
  PeerWatches() { begin_anew(); }

  void begin_anew() {
    watch_ = PeerWatch(kRate);
    hear("first", 1s);
    EXPECT_EQ(keys(), "");
    wait(40ms);
    EXPECT_EQ(keys(), "first");
  }

  void hear(ByteView bytes, Duration after = 1ms) {
    wait(after);
    watch_.hear(bytes, now_, keys_);
  }
  void hear(std::string_view text, Duration after = 1ms) { hear(bytes_of(text), after); }
  void wait(Duration time) {
    const Time end = now_ + time;
    while (watch_.deadline() < end) {
      now_ = std::max(now_, watch_.deadline());
      watch_.tick(now_, keys_);
    }
    now_ = end;
  }
  std::string keys() { return text_in(std::exchange(keys_, {})); }

  PeerWatch watch_{kRate};
  Time now_ = Time{} + 10s;
  Bytes keys_;
};

TEST_F(PeerWatches, PassKeysOnAtOnce) {
  for (const std::string_view key : {"r", "\r", "\x1b[A", "\x03", "\x7f", "~", "\t"}) {
    hear(key, 200ms);
    EXPECT_EQ(keys(), key);
  }
  EXPECT_FALSE(watch_.found());
}

TEST_F(PeerWatches, PassRareKeysOnAfterAMoment) {
  using namespace std::string_view_literals;
  for (const std::string_view key :
       {"\x1f"sv, "\x1c"sv, "\0"sv, "_"sv, "\xc3\xa4"sv, "\xe9"sv, "\xf0\x9f\x98\x80"sv}) {
    hear(key, 200ms);
    EXPECT_EQ(keys(), "");
    wait(key == "\x1f"sv ? 310ms : 40ms);
    EXPECT_EQ(keys(), key);
  }
  hear("a_b", 200ms);
  EXPECT_EQ(keys(), "a_b");
  hear("x_=Pressed", 200ms);
  wait(2s);
  EXPECT_EQ(keys(), "x_=Pressed");
  EXPECT_FALSE(watch_.found());
}

TEST_F(PeerWatches, PassPastedTextOn) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "line with _ and \xc3\xa4 and \x1f in it\r";
  for (std::size_t at = 0; at < text.size(); at += 64) hear(text.substr(at, 64), 5ms);
  wait(2s);
  EXPECT_EQ(keys(), text);
}

TEST_F(PeerWatches, FindAHelloAndKeepAllOfIt) {
  const Bytes hello = hello_of(1);
  hear(hello, 1s);
  ASSERT_TRUE(watch_.found());
  EXPECT_EQ(watch_.take(), hello);
  EXPECT_EQ(keys(), "");
  EXPECT_FALSE(watch_.found());
}

TEST_F(PeerWatches, FindAHelloInTwoPartsWhereverItIsCut) {
  for (const Duration pause : {20ms, 100ms, 900ms}) {
    const Bytes hello = hello_of(2);
    const ByteView all(hello);
    // Behind the hello, codes follow that belong to it.
    // After so long, the first byte alone was a key.
    for (std::size_t cut = pause < PeerWatch::kPatienceForKey ? 1 : 2; cut < hello.size() - 4; ++cut) {
      begin_anew();
      hear(all.first(cut), 1s);
      hear(all.subspan(cut), pause);
      EXPECT_TRUE(watch_.found()) << cut;
      EXPECT_EQ(keys(), "") << cut;
    }
  }
}

TEST_F(PeerWatches, PassNothingOfAHelloOnWhoseEndDoesNotCome) {
  const Bytes hello = hello_of(3);
  for (std::size_t cut = 2; cut < hello.size() - 6; ++cut) {
    hear(ByteView(hello).first(cut), 3s);
    wait(3s);
    EXPECT_EQ(keys(), "") << cut;
    EXPECT_FALSE(watch_.found()) << cut;
  }
}

TEST_F(PeerWatches, PassNothingOfADamagedHelloOn) {
  const Bytes hello = hello_of(4);
  for (std::size_t at = 2; at < hello.size() - 8; ++at) {
    Bytes damaged = hello;
    damaged[at] ^= 0x10;
    begin_anew();
    hear(damaged, 1s);
    wait(2s);
    EXPECT_EQ(keys(), "") << at;
  }
}

TEST_F(PeerWatches, EraseWhatWasTakenForKeysBeforeAHello) {
  Bytes hello = hello_of(5);
  hello[0] = 'x';  // and so is a key
  hear(hello, 1s);
  EXPECT_TRUE(watch_.found());
  EXPECT_EQ(keys(), "xD\x7f\x7f");
}

TEST_F(PeerWatches, FindAPeerThatHasALinkStill) {
  hear(Bytes{0xC5, 0x11, 0x80, 0x42, 0x0D, 0x1F, 0x7C}, 1s);
  EXPECT_TRUE(watch_.found());
  EXPECT_EQ(keys(), "");
}

TEST_F(PeerWatches, FindALineMessage) {
  hear(write_line_message({.kind = LineMessage::Kind::probe, .token = {77}}), 1s);
  EXPECT_TRUE(watch_.found());
  EXPECT_EQ(keys(), "");
}

TEST_F(PeerWatches, AGoodbyeIsNoPeer) {
  hear(hello_of(6, true), 1s);
  EXPECT_FALSE(watch_.found());
  wait(1s);
  hear("k", 1s);
  EXPECT_EQ(keys(), "k");
}

TEST_F(PeerWatches, FindAPeerThatIsAmidAFrame) {
  watch_ = PeerWatch(kRate);
  hear(Bytes{'r', 0x0D, 0x99, 0x1F, 0x7E, 0x84, 0x31, 0x80, 0x42, 0x0D, 0x11, 0x22}, 1s);
  hear(Bytes{0x77, 0x1F, 0x7C}, 1ms);
  EXPECT_TRUE(watch_.found());
  EXPECT_EQ(keys(), "");
}

// Nobody's: it may reach the console, but the console is there afterwards, and no more than some bytes are held.
TEST_F(PeerWatches, SurviveAFlood) {
  base::Prng random(7);
  for (const Byte first : {Byte{0x61}, Byte{0x1F}, Byte{0}, Byte{0xFF}}) {
    Bytes flood = {first};
    while (flood.size() < 20'000) flood.push_back(static_cast<Byte>(random.next()));
    std::erase(flood, Byte{0x1F});
    for (std::size_t at = 0; at < flood.size(); at += 100)
      hear(ByteView(flood).subspan(at, std::min<std::size_t>(100, flood.size() - at)), 8ms);
    EXPECT_FALSE(watch_.found());
    wait(2s);
    keys_.clear();
    hear("k", 1s);
    EXPECT_EQ(keys(), "k");
  }
}

}  // namespace
}  // namespace serialtcp::wire
