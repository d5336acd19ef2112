#include "doctor/alignment.h"

#include <algorithm>
#include <bit>

namespace serialtcp::doctor {

namespace {

/// So many equal bytes in a row are no chance.
constexpr std::size_t kSame = 6;
/// Longer than the runs of equal bytes that tests send: in them, one byte is as good as the next.
constexpr std::size_t kSurelySame = 256;

struct Skip {
  std::size_t sent = 0;
  std::size_t received = 0;
};

std::size_t alike(ByteView sent, ByteView received) {
  const std::size_t most = std::min({kSurelySame, sent.size(), received.size()});
  return static_cast<std::size_t>(std::ranges::mismatch(sent.first(most), received.first(most)).in1 -
                                  sent.begin());
}

/// The nearest place where both go on alike; of several, the one where they do so the longest.
Skip next_same(ByteView sent, ByteView received) {
  for (std::size_t far = 1; far <= kAlignmentWindow; ++far) {
    Skip best;
    std::size_t longest = 0;
    const auto look = [&](std::size_t a, std::size_t b) {
      if (a > sent.size() || b > received.size()) return;
      // At the end, fewer are there.
      const std::size_t least = std::min({kSame, sent.size() - a, received.size() - b});
      const std::size_t length = alike(sent.subspan(a), received.subspan(b));
      if (length < std::max<std::size_t>(least, 1) || length <= longest) return;
      longest = length;
      best = {a, b};
    };
    look(far, far);
    for (std::size_t other = far; other-- > 0;) {
      look(far, other);
      look(other, far);
    }
    if (longest > 0) return best;
  }
  return {std::min(kAlignmentWindow, sent.size()), std::min(kAlignmentWindow, received.size())};
}

void count_changed(ByteView sent, ByteView received, Alignment& result) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto difference = static_cast<Byte>(sent[i] ^ received[i]);
    if (difference == 0) {
      ++result.arrived;
      ++result.arrived_of[sent[i]];
    } else {
      ++result.changed;
      result.flipped += static_cast<std::uint64_t>(std::popcount(difference));
    }
  }
}

}  // namespace

Alignment align(ByteView sent, ByteView received) {
  Alignment result;
  for (const Byte byte : sent) ++result.sent_of[byte];
  while (!sent.empty() && !received.empty()) {
    if (sent.front() == received.front()) {
      ++result.arrived;
      ++result.arrived_of[sent.front()];
      sent = sent.subspan(1);
      received = received.subspan(1);
      continue;
    }
    const Skip skip = next_same(sent, received);
    const std::size_t changed = std::min(skip.sent, skip.received);
    // Which of them were lost is not known if others were changed: the last ones.
    count_changed(sent.first(changed), received.first(changed), result);
    result.lost += skip.sent - changed;
    result.added += skip.received - changed;
    sent = sent.subspan(skip.sent);
    received = received.subspan(skip.received);
  }
  result.lost += sent.size();
  result.added += received.size();
  return result;
}

}  // namespace serialtcp::doctor
