#include "http/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "control/status_json.h"
#include "os/clock.h"
#include "os/cpu_time.h"

namespace serialtcp::http {

namespace {

/// A page that has lost the connection tries again after this time.
constexpr std::chrono::milliseconds kRetry{3000};

std::string event(std::string_view name, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

}  // namespace

Feed::Feed(io::asio::io_context& context, control::Operations& operations, TimeBudget& budget,
           Publish publish)
    : operations_(operations),
      budget_(budget),
      publish_(std::move(publish)),
      sampling_(context),
      telling_(context) {}

// ---- The curves ----

void Feed::start() {
  sample_due_ = io::now();
  sample();
}

void Feed::sample() {
  const Duration begin = io::thread_cpu_time();
  if (const auto missed = (io::now() - sample_due_) / History::kInterval; missed > 0) {
    history_.miss(static_cast<std::uint64_t>(missed));
    sample_due_ += missed * History::kInterval;
  }
  if (const auto status = operations_.status({.connections_most = 0})) history_.add(*status);
  budget_.spend(io::thread_cpu_time() - begin, io::now());
  sample_due_ += History::kInterval;
  wait_for_sample();
}

void Feed::wait_for_sample() {
  sampling_.expires_at(io::to_steady(sample_due_));
  sampling_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (!cancelled) sample();
  }));
}

// ---- The status ----

std::string Feed::greeting() {
  if (!std::exchange(telling_now_, true)) {
    sampled_ = history_.number();
    tell_at(io::now() + kEvery);
  }
  return fmt::format("retry: {}\n\n{}{}", kRetry.count(), event("history", history_.json()), status_event());
}

/// The points that have been taken since the last time; in one piece with the status, since two events at once could be
/// taken for a sign of a slow reader.
std::string Feed::sample_event() {
  const std::uint64_t fresh = history_.number() - std::exchange(sampled_, history_.number());
  return fresh == 0 ? "" : event("sample", history_.json(fresh));
}

/// With as many connections as the control socket puts into an answer.
std::string Feed::status_event() {
  const auto status = operations_.status({});
  if (!status) return ": no status\n\n";
  return event("status", control::status_text(*status));
}

void Feed::tell_at(Time time) {
  telling_.expires_at(io::to_steady(std::max(time, budget_.due())));
  telling_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
    if (!cancelled) tell();
  }));
}

/// Once for all who follow.
void Feed::tell() {
  const Time now = io::now();
  if (now < budget_.due()) return tell_at(now);
  const Duration begin = io::thread_cpu_time();
  telling_now_ = publish_(std::make_shared<const std::string>(sample_event() + status_event()));
  budget_.spend(io::thread_cpu_time() - begin, io::now());
  if (telling_now_) tell_at(now + kEvery);
}

}  // namespace serialtcp::http
