#include "share/reset.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "os/file_text.h"

namespace serialtcp::share {

namespace {

constexpr std::size_t kMostDigits = 5;

/// A word such as D0R1 or W100; empty if it is none.
std::optional<ResetStep> step_of(std::string_view word) {
  ResetStep step;
  if (word.starts_with('W')) {
    word.remove_prefix(1);
    if (word.empty() || word.size() > kMostDigits) return std::nullopt;
    int milliseconds = 0;
    for (const char digit : word) {
      if (digit < '0' || digit > '9') return std::nullopt;
      milliseconds = 10 * milliseconds + (digit - '0');
    }
    step.wait = std::chrono::milliseconds(milliseconds);
    return step;
  }
  for (; word.size() >= 2; word.remove_prefix(2)) {
    auto& pin = word[0] == 'D' ? step.dtr : step.rts;
    const bool right = (word[0] == 'D' || word[0] == 'R') && (word[1] == '0' || word[1] == '1') && !pin;
    if (!right) return std::nullopt;
    pin = word[1] == '1' ? io::Pin::high : io::Pin::low;
  }
  return word.empty() ? std::optional(step) : std::nullopt;
}

}  // namespace

std::expected<ResetSteps, std::string> parse_reset(const std::string& text) {
  ResetSteps steps;
  Duration waits{};
  std::string_view words = text;
  for (std::string_view word = io::take_word(words); !word.empty(); word = io::take_word(words)) {
    const auto step = step_of(word);
    if (!step)
      return std::unexpected(fmt::format(
          "'{}' is no step of a reset: D0 and D1 set DTR, R0 and R1 set RTS, W100 waits for 100 ms", word));
    waits += step->wait;
    steps.push_back(*step);
  }
  if (steps.empty()) return std::unexpected("there is no step in it, such as D0R1 W100 R0");
  if (steps.size() > kMostResetSteps)
    return std::unexpected(fmt::format("it has more than {} steps", kMostResetSteps));
  if (waits > kLongestReset) return std::unexpected("it lasts for more than 10 s");
  return steps;
}

ResetPlayer::ResetPlayer(io::asio::io_context& context, ResetSteps steps, SetPins set_pins,
                         std::function<void()> ended)
    : steps_(std::move(steps)), set_pins_(std::move(set_pins)), ended_(std::move(ended)), alarm_(context) {}

void ResetPlayer::play() {
  if (is_empty() || is_playing()) return;
  next_ = 0;
  go_on();
}

void ResetPlayer::stop() {
  alarm_.cancel();
  next_.reset();
}

void ResetPlayer::go_on() {
  while (*next_ < steps_.size()) {
    const ResetStep& step = steps_[(*next_)++];
    if (step.dtr || step.rts) set_pins_(step.dtr, step.rts);
    if (step.wait > Duration{}) return alarm_.start(step.wait, [this] { go_on(); });
  }
  next_.reset();
  ended_();
}

}  // namespace serialtcp::share
