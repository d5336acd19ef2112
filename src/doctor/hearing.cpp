#include "doctor/hearing.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "wire/kernel_message.h"

namespace serialtcp::doctor {

namespace {

constexpr std::array<Byte, 2> kEndOfFrame = {0x1F, 0x7E};
/// What both protocols begin with.
constexpr std::array<Byte, 4> kBeginning = {0x1F, 0x44, 0x1F, 0x44};
// With its ends. Noise has two ends of frame so far from each other once in some thousand times.
constexpr std::ptrdiff_t kShortestHello = 24;
constexpr std::ptrdiff_t kLongestHello = 300;

bool has_kernel_message(ByteView bytes) {
  return wire::find_kernel_message(bytes).length > 0;
}

bool has_hello(ByteView bytes) {
  if (!std::ranges::search(bytes, kBeginning).empty()) return true;
  auto from = bytes.begin();
  while (true) {
    const auto first = std::ranges::search(from, bytes.end(), kEndOfFrame.begin(), kEndOfFrame.end());
    if (first.empty()) return false;
    const auto next = std::ranges::search(first.end(), bytes.end(), kEndOfFrame.begin(), kEndOfFrame.end());
    const auto between = next.begin() - first.begin();
    if (!next.empty() && between >= kShortestHello && between <= kLongestHello) return true;
    from = first.end();
  }
}

}  // namespace

void Hearing::heard(ByteView bytes, Time now) {
  bytes_ += bytes.size();
  if (const auto zeros = static_cast<std::uint64_t>(std::ranges::count(bytes, Byte{0})); zeros > 0) {
    if (zeros_ == 0) first_zero_ = now;
    last_zero_ = now;
    zeros_ += zeros;
  }
  const std::size_t room = kMostKept - kept_.size();
  const ByteView first = bytes.first(std::min(room, bytes.size()));
  kept_.insert(kept_.end(), first.begin(), first.end());
  console_.heard(bytes, now);
}

Overheard Hearing::result(Time now) {
  console_.look(now);
  const double span = to_seconds(last_zero_ - first_zero_);
  return {.bytes = bytes_,
          .zeros = zeros_,
          .zeros_per_second = span > 0 ? static_cast<double>(zeros_ - 1) / span : 0,
          .console = console_.found(),
          .prompt = console_.prompt(),
          .kernel = has_kernel_message(kept_),
          .noise = console_.is_noise(),
          .hello = has_hello(kept_),
          .excerpt = console_.excerpt()};
}

}  // namespace serialtcp::doctor
