#include "driver/loss_watch.h"

#include <algorithm>

namespace serialtcp::io {

namespace {

double part(std::uint64_t of, std::uint64_t all) {
  return all == 0 ? 0 : std::min(1.0, static_cast<double>(of) / static_cast<double>(all));
}

std::uint64_t not_repaired(const Stats& before, const Stats& after) {
  const std::uint64_t damaged = after.frames_damaged - before.frames_damaged;
  return damaged - std::min(damaged, after.frames_mended - before.frames_mended);
}

/// Whole or not.
std::uint64_t frames_received(const Stats& before, const Stats& after) {
  return after.frames_received - before.frames_received + after.frames_damaged - before.frames_damaged;
}

}  // namespace

Losses losses_between(const Stats& before, const Stats& after) {
  return {.lost = part(after.payload_bytes_resent - before.payload_bytes_resent,
                       after.wire_bytes_sent - before.wire_bytes_sent),
          .damaged = part(not_repaired(before, after), frames_received(before, after))};
}

void LossWatch::restart(const Stats& stats) {
  before_ = stats;
}

LossWatch::Verdict LossWatch::look(const Stats& stats, Time now) {
  const std::uint64_t bad = stats.frames_lost - before_.frames_lost + not_repaired(before_, stats);
  if (stats.frames_sent - before_.frames_sent + frames_received(before_, stats) < kLeastFrames) return {};
  Verdict verdict{.losses = losses_between(before_, stats)};
  before_ = stats;
  const double worst = std::max(verdict.losses.lost, verdict.losses.damaged);
  if (!bad_) {
    if (worst <= kBad || bad < kLeastBad) return {};
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
