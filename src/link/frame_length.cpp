#include "link/frame_length.h"

#include <algorithm>
#include <cmath>

#include "base/prng.h"
#include "serialtcp/config.h"

namespace serialtcp::link {

namespace {

// The estimate is halved when it is based on this many losses or bytes, so that old ones lose weight.
constexpr double kEnoughLosses = 64;
constexpr double kEnoughBytes = 4.0 * 1024 * 1024;
// What is assumed of an unknown line: a quarter of a loss in 100 kB. Frames thus have 2 kB, which costs 0.5 %
// if there are no errors, and less than a quarter of a second for an error. The bytes have less weight the
// more losses were seen: on a bad line they would only delay the adaptation.
constexpr double kAssumedLosses = 0.25;
constexpr double kAssumedBytes = 100e3;
// With parts, the overhead is greater, and the reader of a long frame does not wait for its end.
constexpr double kAssumedBytesWithParts = 400e3;
// A frame takes no longer than this on the line, since acks wait for the end of the frame that carries them.
constexpr double kLongestSeconds = 0.25;
constexpr double kLongestSecondsSearching = 0.05;
// With parts, only acks and the end of a lost frame are waited for.
constexpr double kLongestSecondsWithParts = 0.35;
constexpr std::size_t kShortestForTime = 128;
// Longer frames, on lines where these do not take longer than a second: a tenth of 128 is overhead.
constexpr std::size_t kShortestInOneSecond = 224;
constexpr std::size_t kAroundPayload = 96;  // header, control chunks, ack and check value beside the payload

// If lengths are to differ, they differ by at least and at most this part.
constexpr double kLeastUnlike = 0.2;
constexpr double kMostUnlike = 0.6;

}  // namespace

void FrameLength::delivered(std::size_t wire_bytes) {
  bytes_ += static_cast<double>(wire_bytes);
  decay();
}

bool FrameLength::lost(std::size_t wire_bytes, std::uint64_t number) {
  bytes_ += static_cast<double>(wire_bytes);
  // A run of lost frames is one event, a burst or a cut, which shorter frames would not have survived either.
  const bool counts = number != last_lost_ + 1 || last_lost_ == 0;
  if (counts) losses_ += 1;
  last_lost_ = number;
  decay();
  return counts;
}

void FrameLength::not_lost() {
  losses_ = std::max(0.0, losses_ - 1);
}

void FrameLength::decay() {
  if (losses_ < kEnoughLosses && bytes_ < kEnoughBytes) return;
  losses_ /= 2;
  bytes_ /= 2;
}

std::size_t FrameLength::payload(std::uint64_t rate, bool searching, bool parts) const {
  constexpr std::size_t kLongest = limits::kMaxFrame - kAroundPayload;
  const double seconds = searching ? kLongestSecondsSearching
                         : parts   ? kLongestSecondsWithParts
                                   : kLongestSeconds;
  const std::size_t shortest =
      std::clamp(static_cast<std::size_t>(rate), kShortestForTime, kShortestInOneSecond);
  std::size_t best =
      std::clamp(static_cast<std::size_t>(static_cast<double>(rate) * seconds), shortest, kLongest);
  const double assumed = parts && !line_is_noisy() ? kAssumedBytesWithParts : kAssumedBytes;
  const double chance = (losses_ + kAssumedLosses) / (bytes_ + assumed / (1 + losses_));
  const auto optimum = static_cast<std::size_t>(std::sqrt(overhead_ / chance) - overhead_);
  return std::clamp(optimum, limits::kMinFramePayload, best);
}

/// The length is random: lengths that alternate regularly could keep step with the lumps as well as equal
/// ones.
std::size_t unlike_length(std::uint64_t number, std::size_t usual, std::size_t longest, std::size_t spread) {
  const double part =
      std::clamp(static_cast<double>(spread) / static_cast<double>(usual), kLeastUnlike, kMostUnlike);
  const double middle = std::min(static_cast<double>(usual), static_cast<double>(longest) / (1 + part / 2));
  return static_cast<std::size_t>(middle * (1 + part * (base::Prng(number).unit() - 0.5)));
}

}  // namespace serialtcp::link
