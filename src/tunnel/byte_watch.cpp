#include "tunnel/byte_watch.h"

#include <algorithm>

#include "wire/frame.h"
#include "wire/hello.h"

namespace serialtcp::tunnel {

namespace {

// This many frames with the same explanation, and no correct frame that contradicts it, are not a
// coincidence.
constexpr int kCertain = 5;
constexpr int kCertainSevenBits = 3;
// Number of explanations that are kept: noise makes many, of one frame each.
constexpr std::size_t kMostSuspects = 64;
// Further changes of the same line are not reported.
constexpr std::size_t kMostTold = 8;
// A hello has at least two random numbers of 8 and 4 bytes; all of these bytes are below 0x80 once in 4096.
constexpr std::size_t kLeastHello = 24;

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

bool ByteWatch::seven_bits(ByteView body) {
  if (std::ranges::any_of(body, [](Byte byte) { return byte >= 0x80; })) {
    seven_bit_hellos_ = 0;
    return false;
  }
  const bool hello =
      body.size() >= kLeastHello && body[0] == wire::kHelloHeader && body[1] == wire::kProtocolVersion;
  return hello && ++seven_bit_hellos_ >= kCertainSevenBits;
}

void ByteWatch::good(ByteView body) {
  seven_bit_hellos_ = 0;
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
