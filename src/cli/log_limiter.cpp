#include "cli/log_limiter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace serialtcp::cli {

namespace {

base::Bucket budget_of(std::size_t index, Time now) {
  return {kLogLimits.at(index).at_once, kLogLimits.at(index).per_second, now};
}

}  // namespace

LogLimiter::LogLimiter(Time now)
    : states_([now]<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<State, kLogClasses>{State{budget_of(I, now)}...};
      }(std::make_index_sequence<kLogClasses>())) {}

bool LogLimiter::admit(LogClass of, std::size_t size, Time now) {
  State& state = states_.at(static_cast<std::size_t>(of));
  if (state.budget.available(now) >= size) {
    state.budget.take(size);
    return true;
  }
  if (state.left_out++ == 0) state.since = now;
  return false;
}

Time LogLimiter::due() const {
  Time due = kNever;
  for (const State& state : states_) {
    if (state.left_out > 0) due = std::min(due, state.since + kTellAfter);
  }
  return due;
}

std::optional<std::string> LogLimiter::next_summary(Time now, Which which) {
  for (std::size_t i = 0; i < kLogClasses; ++i) {
    State& state = states_.at(i);
    const bool due = which == Which::all || now >= state.since + kTellAfter;
    if (state.left_out == 0 || !due) continue;
    const std::uint64_t lines = std::exchange(state.left_out, 0);
    return fmt::format("{} messages about {} were suppressed here in {} s: the limit is {} bytes per second",
                       lines, kLogLimits.at(i).what,
                       std::chrono::duration_cast<std::chrono::seconds>(now - state.since).count(),
                       kLogLimits.at(i).per_second);
  }
  return std::nullopt;
}

}  // namespace serialtcp::cli
