#include "driver/loss_watch.h"

#include <algorithm>

namespace serialtcp::io {

double part(std::uint64_t of, std::uint64_t all) {
  return all == 0 ? 0 : std::min(1.0, static_cast<double>(of) / static_cast<double>(all));
}

void LossWatch::restart(const Stats& stats) {
  before_ = stats;
}

LossWatch::Verdict LossWatch::look(const Stats& stats, Time now) {
  const std::uint64_t lost = stats.frames_lost - before_.frames_lost;
  const std::uint64_t damaged_all = stats.frames_damaged - before_.frames_damaged;
  const std::uint64_t damaged =
      damaged_all - std::min(damaged_all, stats.frames_mended - before_.frames_mended);
  const std::uint64_t received = stats.frames_received - before_.frames_received;
  if (stats.frames_sent - before_.frames_sent + received + damaged_all < kLeastFrames) return {};
  Verdict verdict;
  verdict.lost = part(stats.payload_bytes_resent - before_.payload_bytes_resent,
                      stats.wire_bytes_sent - before_.wire_bytes_sent);
  verdict.damaged = part(damaged, received + damaged_all);
  before_ = stats;
  const double worst = std::max(verdict.lost, verdict.damaged);
  if (!bad_) {
    if (worst <= kBad || lost + damaged < kLeastBad) return {};
    bad_ = true;
    bad_since_ = now;
    good_windows_ = 0;
    again_.restart();
    verdict.change = Change::begins;
    return verdict;
  }
  good_windows_ = worst < kGood ? good_windows_ + 1 : 0;
  verdict.lasted = now - bad_since_;
  if (good_windows_ >= kGoodWindows) {
    bad_ = false;
    verdict.change = Change::ends;
  } else if (again_.due(verdict.lasted) && worst > kBad) {
    verdict.change = Change::lasts;
  }
  return verdict;
}

}  // namespace serialtcp::io
