#include "link/deaf_watch.h"

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Fewer frames, or fewer times, may be chance.
constexpr int kGapsThatProve = 3;
constexpr std::uint64_t kMissingThatProve = 6;
constexpr Duration kGapsWithin = 20s;
// On a fast and noisy line, several come one right after the other.
constexpr Duration kGapsApart = 100ms;
// An end that sends less was mostly silent, and so it was when the peer's frames were lost. If not a byte of them arrived,
// they were answers, which follow what this end sends at once.
constexpr std::uint64_t kBulkSent = 1024;
constexpr std::uint64_t kWorthAnAnswer = 48;
constexpr double kBusyPart = 0.1;
// The end of a frame whose beginning was lost may arrive. No frame is shorter than kShortest.
constexpr std::uint64_t kShortest = 8;
constexpr std::uint64_t kArrivedPart = 4;

}  // namespace

bool DeafWatch::frame_in_silence(const Since& since, Time now) {
  const bool busy =
      since.sent >= kBulkSent || (since.sent >= kWorthAnAnswer && since.part_of_line >= kBusyPart);
  const bool vanished = since.sent > 0 && since.damaged == 0;
  if (since.missing == 0 && since.sent > 0) ++intact_;
  if (since.missing == 0 || !(busy || vanished)) return false;
  if (gaps_ > 0 && now - first_gap_ > kGapsWithin) forget();
  if (gaps_ > 0 && now - last_gap_ < kGapsApart) return false;
  if (gaps_++ == 0) first_gap_ = now;
  last_gap_ = now;
  missing_ += since.missing;
  return gaps_ >= kGapsThatProve && missing_ >= kMissingThatProve && intact_ < gaps_ &&
         kArrivedPart * heard_ < missing_ * kShortest;
}

}  // namespace serialtcp::link
