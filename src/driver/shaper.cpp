#include "driver/shaper.h"

#include <algorithm>
#include <utility>

#include "os/clock.h"

namespace serialtcp::io {

namespace {

std::size_t step_at(std::uint64_t rate) {
  const double bytes = static_cast<double>(rate) * to_seconds(Shaper::kStep);
  return std::clamp(static_cast<std::size_t>(bytes), std::size_t{1}, Shaper::kMaxTurn);
}

/// Late timers must not make it slower than the limit.
std::size_t burst_at(std::uint64_t rate) {
  constexpr std::uint64_t kBurstsPerSecond = 10;
  return std::max<std::size_t>(step_at(rate), rate / kBurstsPerSecond);
}

}  // namespace

Shaper::Shaper(asio::io_context& context, std::uint64_t rate)
    : step_(step_at(rate)), budget_(burst_at(rate), rate, now()), timer_(context) {}

void Shaper::wait(Turn turn) {
  turns_.push_back(std::move(turn));
  arm();
}

void Shaper::arm() {
  if (armed_ || turns_.empty()) return;
  armed_ = true;
  timer_.expires_after(std::max(Duration{}, budget_.due(step_) - now()));
  timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (cancelled) return;
    armed_ = false;
    take_turns();
  }));
}

void Shaper::take_turns() {
  // Those that are added meanwhile wait for the next time.
  for (std::size_t waiting = turns_.size(); waiting > 0; --waiting) {
    const std::size_t room = std::min(budget_.available(now()), kMaxTurn);
    if (room < step_) break;
    Turn turn = std::move(turns_.front());
    turns_.pop_front();
    budget_.take(turn(room));
  }
  arm();
}

}  // namespace serialtcp::io
