// How a UART at another speed sees bytes, and which speed they tell: compared with the model of the simulated cable.
#include "wire/speed_guess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "base/prng.h"
#include "serialtcp/endpoint.h"
#include "sim/resampler.h"
#include "wire/line_message.h"
#include "wire/uart_view.h"

namespace serialtcp::wire {
namespace {

using Said = SpeedGuess::Said;

constexpr std::uint32_t kSpeeds[] = {115200, 9600,   921600, 57600,  38400,   19200,
                                     230400, 460800, 500000, 576000, 1000000, 1500000};

Bytes some_bytes(base::Prng& random, std::size_t count) {
  Bytes bytes(count);
  for (Byte& byte : bytes) byte = static_cast<Byte>(random.next() >> 56U);
  return bytes;
}

/// What an end really sends when it begins.
Bytes hello_of(std::uint64_t seed, bool sealed) {
  base::Prng random(seed);
  Entropy entropy;
  for (Byte& byte : entropy) byte = static_cast<Byte>(random.next());
  EndpointConfig config;
  if (sealed) config.key.emplace(std::array<Byte, 32>{});
  Endpoint end(config, entropy);
  Bytes out(1000);
  const Time now{std::chrono::hours(1)};
  out.resize(end.transmit(out, now));
  return out;
}

Bytes resampled(ByteView bytes, std::uint32_t sender, std::uint32_t receiver) {
  sim::Resampler resampler;
  resampler.configure({.baud = sender}, {.baud = receiver});
  Bytes out;
  resampler.send(bytes, out);
  resampler.idle(out);
  return out;
}

TEST(UartView, SeesWhatTheSimulatedCableGives) {
  base::Prng random(1);
  for (const std::uint32_t sender : kSpeeds) {
    for (const std::uint32_t receiver : kSpeeds) {
      if (sender * 2 == receiver || receiver * 2 == sender) continue;  // samples at edges
      const Bytes bytes = some_bytes(random, 500);
      UartView view(static_cast<double>(receiver) / sender, UartView::Framing::zero);
      Bytes out;
      view.send(bytes, out);
      view.pause(out);
      const Bytes expected = resampled(bytes, sender, receiver);
      // Rounding may decide about a sample at an edge.
      const std::size_t close = std::max(out.size(), expected.size()) - std::min(out.size(), expected.size());
      EXPECT_LE(close, 1 + expected.size() / 50) << sender << " at " << receiver;
      if (sender == receiver) {
        EXPECT_EQ(out, bytes);
      }
    }
  }
}

TEST(UartView, KeepsTheBitsOfACharacterWithoutAStopBitWhereTheDriverDoes) {
  Bytes kept;
  UartView view(2, UartView::Framing::as_it_is);
  view.send(Bytes{0x00}, kept);
  view.pause(kept);
  EXPECT_EQ(kept, Bytes{0x00});
  kept.clear();
  view.send(Bytes{0xF0}, kept);
  view.pause(kept);
  EXPECT_THAT(kept, ::testing::Each(0x00));
}

/// The place of the right speed among the guesses, from 0 on.
std::size_t place_of(std::uint32_t speed, const SpeedGuess& guess) {
  std::vector<std::uint32_t> seen;
  for (const SpeedGuess::Guess& one : guess.ranked()) {
    if (one.speed == speed) return seen.size();
    if (std::ranges::find(seen, one.speed) == seen.end()) seen.push_back(one.speed);
  }
  return seen.size();
}

TEST(SpeedGuess, FindsTheSpeedOfAHello) {
  SpeedGuess guess(kSpeeds);
  for (const bool sealed : {false, true}) {
    for (const std::uint32_t at : {115200U, 921600U}) {
      for (const std::uint32_t speed : kSpeeds) {
        // Slower ones are all alike at a tenth; of faster ones, few bits are seen.
        if (at == 115200 ? speed > at : speed <= 57600) continue;
        std::size_t sum = 0;
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
          guess.forget();
          const auto off = static_cast<std::uint32_t>(speed * (0.97 + 0.003 * static_cast<double>(seed)));
          guess.heard(resampled(hello_of(seed, sealed), off, at), at);
          sum += place_of(speed, guess);
        }
        EXPECT_LE(sum, 12U) << speed << " at " << at << (sealed ? ", sealed" : "");
      }
    }
  }
}

TEST(SpeedGuess, FindsTheSpeedOfText) {
  constexpr std::string_view kText =
      "Starting kernel ...\r\n[    0.000000] Booting Linux on physical CPU 0x0\r\n[    0.000000] Linux version 6.1.0\r\n";
  SpeedGuess guess(kSpeeds);
  for (const std::uint32_t at : {115200U, 921600U}) {
    for (const std::uint32_t speed : kSpeeds) {
      if (at == 115200 ? speed > at : speed <= 57600) continue;
      guess.forget();
      guess.heard(resampled(Bytes(kText.begin(), kText.end()), speed, at), at);
      EXPECT_LE(place_of(speed, guess), 4U) << speed << " at " << at;
    }
  }
}

TEST(SpeedGuess, KnowsTextAndFramesThatAreRead) {
  constexpr std::string_view kText = "board login: \r\n";
  EXPECT_TRUE(looks_like_text(Bytes(kText.begin(), kText.end())));
  EXPECT_FALSE(looks_like_text({}));
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Bytes hello = hello_of(seed, seed % 2 == 0);
    EXPECT_TRUE(looks_like_frames(hello));
    EXPECT_FALSE(looks_like_text(hello));
    EXPECT_FALSE(looks_like_frames(resampled(hello, 115200, 57600)));
  }
  EXPECT_TRUE(looks_like_frames(Bytes{0x1F, 0xE1, 0x1F, 0xE1}));  // of the original's
  EXPECT_TRUE(looks_like_frames(write_line_message({.token = {12345}})));
  EXPECT_FALSE(looks_like_frames(Bytes{0x1F, 0x7E}));
}

}  // namespace
}  // namespace serialtcp::wire
