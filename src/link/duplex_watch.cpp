#include "link/duplex_watch.h"

#include <bit>

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Fewer bytes or less time show nothing; after a longer time there is nothing to compare with.
constexpr Duration kLeastTime = 400ms;
constexpr Duration kMostTime = 15s;
constexpr std::uint64_t kLeastSent = 96;
constexpr double kEnoughSeconds = 2;
// At most this part of the port's rate arrives on a half-duplex line.
constexpr double kMuchSlower = 0.72;
// At least this part has vanished; where it is more, fewer comparisons are enough.
constexpr double kMuchVanished = 0.12;
constexpr int kCertainBoth = 5;
constexpr double kMostlyVanished = 0.25;
constexpr int kCertainWhenMostly = 3;
// A line that is cut loses this much, too, but not twice within some seconds.
constexpr double kThousandsVanished = 5000;
constexpr int kCertainWhenThousands = 2;
// On a line that may lose bytes after a silence, there are no silences while this part of its rate is sent.
constexpr double kBusy = 0.2;
constexpr double kForget = 0.85;
constexpr std::uint32_t kLow16 = 0xFFFF;
constexpr std::uint32_t kLow24 = 0xFFFFFF;
// A difference above this is negative: noise has added bytes.
constexpr std::uint32_t kAdded = 0xF00000;

}  // namespace

void HeardReport::frame(std::uint64_t number, std::uint64_t bytes_so_far) {
  known_ = true;
  newest_ = {static_cast<std::uint16_t>(number & kLow16), static_cast<std::uint32_t>(bytes_so_far & kLow24)};
}

std::optional<BytesHeard> HeardReport::take(Duration every, Time now) {
  if (!wanted_ || !known_ || now - taken_ < every) return std::nullopt;
  wanted_ = false;
  taken_ = now;
  return newest_;
}

void DuplexWatch::left(std::uint64_t number, std::uint64_t position) {
  marks_[number % marks_.size()] = {number, position};
}

void DuplexWatch::forget() {
  sent_ = vanished_ = seconds_ = 0;
  suspicious_ = 0;
}

bool DuplexWatch::told(const BytesHeard& told, double nominal_rate, Sleeps sleeps, Time now) {
  const Mark& mark = marks_[told.number_low16 % marks_.size()];
  if (mark.number == 0 || (mark.number & kLow16) != told.number_low16) return false;
  const Count count{mark.position, told.bytes_low24, now};
  const Duration time = now - before_.at;
  if (!begun_ || time > kMostTime || mark.position < before_.position) {
    begun_ = true;
    forget();
    before_ = count;
    return false;
  }
  const std::uint64_t sent = mark.position - before_.position;
  if (sent < kLeastSent || time < kLeastTime) return false;
  const auto missing = static_cast<std::uint32_t>(sent - (count.bytes - before_.bytes)) & kLow24;
  const double vanished = missing < kAdded ? missing : 0;
  before_ = count;
  sent_ = kForget * sent_ + static_cast<double>(sent);
  vanished_ = kForget * vanished_ + vanished;
  seconds_ = kForget * seconds_ + to_seconds(time);
  const bool suspicious = vanished >= kMuchVanished * static_cast<double>(sent);
  suspicious_ = static_cast<std::uint8_t>(2U * suspicious_ + (suspicious ? 1U : 0U));
  if (seconds_ < kEnoughSeconds || sent_ - vanished_ > kMuchSlower * nominal_rate * seconds_) return false;
  if (sleeps == Sleeps::perhaps && sent_ < kBusy * nominal_rate * seconds_) return false;
  const int times = std::popcount(suspicious_);
  return (times >= kCertainBoth && vanished_ >= kMuchVanished * sent_) ||
         (times >= (vanished_ >= kThousandsVanished ? kCertainWhenThousands : kCertainWhenMostly) &&
          vanished_ >= kMostlyVanished * sent_);
}

}  // namespace serialtcp::link
