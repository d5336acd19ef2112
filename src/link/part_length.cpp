#include "link/part_length.h"

#include <algorithm>
#include <cmath>

#include "wire/parts.h"

namespace serialtcp::link {

namespace {

using namespace std::chrono_literals;

// Transfers of this length lose least.
constexpr double kTransferSeconds = 10;
// Bulk after a pause of this length is a burst of its own, whose reader may be waiting.
constexpr Duration kPauseBeforeBurst = 250ms;
// So long, and for so many frames, a burst may turn out to be echoed.
constexpr Duration kBurstTime = 1s;
constexpr unsigned kBurstFrames = 4;
// The first frame of a burst takes this long, and has at least so many bytes; each of the next ones has twice as many as the one
// before, unless it has parts.
constexpr double kFirstSeconds = 0.02;
constexpr std::size_t kLeastFirst = 128;
constexpr unsigned kMostGrowth = 16;
// Frames that take less time than this have no parts.
constexpr double kWorthParts = 0.02;
// Where only one direction is full, check values cost at most this part of a frame, and the mark at the DATA its bytes.
constexpr double kCostOneWay = 0.003;
constexpr double kMarkSize = 3;
// And these frames take longer: a relay of less would save hardly anything.
constexpr double kWorthPartsOneWay = 0.1;
// The other direction is full if at least this part of it was used, over at least this time.
constexpr double kOtherWayFull = 0.5;
constexpr Duration kReceivedOver = 100ms;

double best_part(std::uint64_t rate) {
  return std::sqrt(static_cast<double>(wire::kCheckSize) * static_cast<double>(rate) * kTransferSeconds);
}

}  // namespace

void PartLength::note_burst(const Line& line, Time now) {
  if (now > bulk_until_ + kPauseBeforeBurst) {
    burst_since_ = now;
    frames_ = 0;
    both_full_ = false;
    measured_ = now;
    measured_received_ = line.received;
  }
}

void PartLength::note_received(const Line& line, Time now) {
  if (now < measured_ + kReceivedOver) return;
  const double could = to_seconds(now - measured_) * static_cast<double>(line.rate);
  both_full_ = static_cast<double>(line.received - measured_received_) >= kOtherWayFull * could;
  measured_ = now;
  measured_received_ = line.received;
}

/// 1: it has none.
std::size_t PartLength::parts_in(std::size_t payload, const Line& line, bool may_be_echoed) const {
  const auto bytes = static_cast<double>(payload);
  if (!line.parts || bytes <= static_cast<double>(line.rate) * kWorthParts) return 1;
  if (may_be_echoed) return static_cast<std::size_t>(std::max(1L, std::lround(bytes / best_part(line.rate))));
  // Beside short data, most frames end early.
  if (line.shared || bytes <= static_cast<double>(line.rate) * kWorthPartsOneWay) return 1;
  const double checks = (bytes * kCostOneWay - kMarkSize) / wire::kCheckSize;
  return 1 + static_cast<std::size_t>(std::max(0.0, checks));
}

PartLength::Plan PartLength::plan(std::size_t whole, std::size_t divided, const Line& line, Time now) {
  Plan plan{whole, 0};
  if (whole <= kLeastFirst) return plan;
  note_burst(line, now);
  note_received(line, now);
  const auto rate = static_cast<double>(line.rate);
  const auto first = std::max(kLeastFirst, static_cast<std::size_t>(rate * kFirstSeconds));
  const unsigned frame = frames_++;
  const bool may_be_echoed = both_full_ || frame < kBurstFrames || now < burst_since_ + kBurstTime;
  const std::size_t parts = parts_in(divided, line, may_be_echoed);
  if (frame == 0 || !line.parts) {
    plan.payload = std::min(whole, first << std::min(frame, kMostGrowth));
  } else if (parts > 1) {
    const std::size_t units = (divided / parts + wire::kPartUnit - 1) / wire::kPartUnit;
    plan = {divided, std::clamp(units * wire::kPartUnit, wire::kLeastPart, wire::kMostPart)};
  }
  bulk_until_ = now + Duration(static_cast<Duration::rep>(static_cast<double>(plan.payload) / rate * 1e9));
  return plan;
}

}  // namespace serialtcp::link
