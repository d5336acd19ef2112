#include "tunnel/byte_watch.h"

#include <algorithm>

#include "base/cursor.h"
#include "wire/check_value.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace serialtcp::tunnel {

namespace {

// This many frames with the same explanation, and no correct frame that contradicts it, are not a
// coincidence.
constexpr int kCertain = 5;
constexpr int kCertainSevenBits = 3;
// The check value of a frame has no highest bit one time in 16.
constexpr int kCertainStripped = 12;
constexpr std::size_t kLeastFrame = wire::kCheckSize + 2;
constexpr std::uint32_t kSevenBits = 0x7F7F7F7F;
// Number of explanations that are kept: noise makes many, of one frame each.
constexpr std::size_t kMostSuspects = 64;
// Further changes of the same line are not reported.
constexpr std::size_t kMostTold = 8;
constexpr std::size_t kLeastHello = 24;
// A longer hello has a message of the handshake: 48 random bytes.
constexpr std::size_t kLongestWithoutMessage = 64;
// Of so many random bytes each value is one, but for one time in 400 million; and frames were damaged.
constexpr std::size_t kEnoughSealed = 6500;
constexpr int kLeastDamaged = 6;
// Several hellos with their lead-ins.
constexpr std::size_t kMostHeard = 512;

bool has_high_bit(ByteView body) {
  return std::ranges::any_of(body, [](Byte byte) { return byte >= 0x80; });
}

/// Whether this can be a correct hello, except for the highest bit of each byte. Before the check value, a hello without a
/// message of the handshake has no byte above 0x7F.
bool is_seven_bit_hello(ByteView body) {
  if (has_high_bit(body)) return false;
  if (body.size() < kLeastHello || body[0] != wire::kHelloHeader || body[1] != wire::kProtocolVersion)
    return false;
  if (body.size() > kLongestWithoutMessage) return true;
  wire::CheckValue check{wire::CheckContext{}};
  check.add(body.first(body.size() - wire::kCheckSize));
  base::Reader received(body.last(wire::kCheckSize));
  return (check.finish(wire::FrameEnd::plain) & kSevenBits) == received.little(wire::kCheckSize);
}

}  // namespace

std::optional<ByteChange> ByteWatch::damaged(ByteView body, const std::vector<ByteChange>& explanations) {
  if (seven_bits(body)) return tell({ByteChange::Kind::seven_bits, 0x80, 0});
  for (const ByteChange& change : explanations) {
    auto it = std::ranges::find(suspects_, change, &Suspect::change);
    if (it == suspects_.end()) {
      if (suspects_.size() >= kMostSuspects) {
        // Of those with the fewest frames, the oldest.
        suspects_.erase(std::ranges::min_element(suspects_, {}, &Suspect::frames));
      }
      it = suspects_.insert(suspects_.end(), {change, 0});
    }
    ++it->frames;
  }
  return most_frequent(explanations);
}

std::optional<ByteChange> ByteWatch::stripped(ByteView body) {
  if (body.size() < kLeastFrame) return std::nullopt;
  seven_bit_frames_ = has_high_bit(body) ? 0 : seven_bit_frames_ + 1;
  if (seven_bit_frames_ < kCertainStripped) return std::nullopt;
  return tell({ByteChange::Kind::seven_bits, 0x80, 0});
}

/// Of the explanations of this frame. Two that have explained the same frames so far cannot be distinguished
/// yet.
std::optional<ByteChange> ByteWatch::most_frequent(const std::vector<ByteChange>& explanations) {
  const Suspect* best = nullptr;
  int second = 0;
  for (const Suspect& suspect : suspects_) {
    if (std::ranges::find(explanations, suspect.change) == explanations.end()) continue;
    if (best == nullptr || suspect.frames > best->frames) {
      second = best == nullptr ? 0 : best->frames;
      best = &suspect;
    } else {
      second = std::max(second, suspect.frames);
    }
  }
  if (best == nullptr || best->frames < kCertain || best->frames == second) return std::nullopt;
  return tell(ByteChange(best->change));
}

std::optional<ByteChange> ByteWatch::sealed(ByteView body) {
  for (const Byte byte : body) ++sealed_counts_[byte];
  sealed_bytes_ += body.size();
  if (sealed_damaged_ < kLeastDamaged || sealed_bytes_ < kEnoughSealed) return std::nullopt;
  std::optional<ByteChange> change;
  for (std::size_t value = 0; value < sealed_counts_.size() && !change; ++value) {
    if (sealed_counts_[value] == 0) change = tell({ByteChange::Kind::lost, static_cast<Byte>(value), 0});
  }
  if (change) return change;
  // Nothing is missing, or it was reported: the line may change.
  sealed_counts_.fill(0);
  sealed_bytes_ = 0;
  sealed_damaged_ = 0;
  return std::nullopt;
}

void ByteWatch::heard(ByteView bytes) {
  bytes = bytes.last(std::min(bytes.size(), kMostHeard));
  const std::size_t kept = std::min(last_heard_.size(), kMostHeard - bytes.size());
  last_heard_.erase(last_heard_.begin(), last_heard_.end() - static_cast<std::ptrdiff_t>(kept));
  last_heard_.insert(last_heard_.end(), bytes.begin(), bytes.end());
}

bool ByteWatch::seven_bits(ByteView body) {
  if (!is_seven_bit_hello(body)) {
    seven_bit_hellos_ = 0;
    return false;
  }
  return ++seven_bit_hellos_ >= kCertainSevenBits;
}

void ByteWatch::good(ByteView body) {
  seven_bit_hellos_ = 0;
  if (seven_bit_frames_ > 0 && has_high_bit(body)) seven_bit_frames_ = 0;
  if (suspects_.empty()) return;
  std::erase_if(suspects_, [&](const Suspect& suspect) {
    return std::ranges::find(body, suspect.change.value) != body.end();
  });
}

std::optional<ByteChange> ByteWatch::tell(const ByteChange& change) {
  if (told_.size() >= kMostTold || std::ranges::find(told_, change) != told_.end()) return std::nullopt;
  told_.push_back(change);
  return change;
}

}  // namespace serialtcp::tunnel
