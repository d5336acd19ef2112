// A long piece is not searched as a whole: the same must be found as in short pieces, which are.
#include "legacy/discovery.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.h"
#include "wire/codec.h"

namespace serialtcp::legacy {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kRate = 11520;
constexpr std::size_t kShort = 48;

/// Frames of our own protocol on a fast line.
Bytes frames(base::Prng& random) {
  Bytes bytes;
  const std::uint64_t count = random.below(4) + 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    Bytes body(random.below(3000) + 100);
    for (Byte& byte : body) byte = random.chance(0.05) ? kEscape : static_cast<Byte>(random.next());
    wire::Encoder encoder;
    encoder.append(body, bytes, wire::Coding::minimal);
    encoder.append_end(wire::FrameEnd::plain, bytes);
  }
  return bytes;
}

/// What the original sends to begin.
Bytes attempt() {
  Bytes bytes;
  append_code(code::kDisconnect, bytes);
  append_code(code::kDisconnect, bytes);
  append_code(sync_code(1, Role::client), bytes);
  return bytes;
}

void feed_in_short_pieces(Discovery& discovery, ByteView bytes, Time now) {
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(kShort, bytes.size())))
    discovery.feed(bytes.first(std::min(kShort, bytes.size())), now);
}

TEST(Discovery, FindsTheSameInLongPiecesAsInShortOnes) {
  int answered = 0;
  int ignored = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::Prng random(seed);
    Discovery in_long(Role::server, kRate);
    Discovery in_short(Role::server, kRate);
    Time now{10s};
    for (int step = 0; step < 20; ++step) {
      Bytes piece;
      if (random.chance(0.8)) piece = frames(random);
      if (random.chance(0.1)) piece.push_back('x');
      if (random.chance(0.3)) {
        const Bytes codes = attempt();
        piece.insert(piece.end(), codes.begin(), codes.end());
      }
      // Sometimes cut amid a pair.
      if (random.chance(0.2) && !piece.empty()) piece.pop_back();
      in_long.feed(piece, now);
      feed_in_short_pieces(in_short, piece, now);
      if (random.chance(0.4)) now += 3s;
      in_long.tick(now);
      in_short.tick(now);
      ASSERT_EQ(in_long.deadline(), in_short.deadline()) << "SEED " << seed;
      const Bytes answer = in_short.take_answer();
      ASSERT_EQ(in_long.take_answer(), answer) << "SEED " << seed;
      ASSERT_EQ(in_long.found(), in_short.found()) << "SEED " << seed;
      ++(answer.empty() ? ignored : answered);
    }
  }
  EXPECT_GT(answered, 100);
  EXPECT_GT(ignored, 100);
}

}  // namespace
}  // namespace serialtcp::legacy
