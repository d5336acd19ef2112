#include "driver/quality_watch.h"

#include <algorithm>
#include <utility>

#include "os/clock.h"

namespace serialtcp::io {

QualityWatch::QualityWatch(asio::io_context& context, Endpoint& endpoint, std::string line,
                           std::uint64_t nominal, Observer& observer)
    : endpoint_(endpoint), line_(std::move(line)), nominal_(nominal), observer_(observer), timer_(context) {}

void QualityWatch::link_up() {
  base_ = endpoint_.line_speed();
  const Stats stats = endpoint_.stats();
  up_since_ = loss_looked_ = minute_began_ = now();
  minute_ = stats;
  loss_.restart(stats);
  measured_ = false;
  speed_again_.restart();
  arm(kMeasureInterval);
}

void QualityWatch::stop() {
  timer_.cancel();
}

void QualityWatch::arm(Duration after) {
  timer_.expires_after(after);
  timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled) check();
  }));
}

void QualityWatch::check() {
  const Time time = now();
  const Stats stats = endpoint_.stats();
  const bool waits = !measured_ && !measure(stats) && time - up_since_ < kMeasurePatience;
  if (time - loss_looked_ >= LossWatch::kWindow) {
    loss_looked_ = time;
    check_loss(stats, time);
    if (measured_) check_speed(stats, time);
  }
  if (time - minute_began_ >= kFigures) check_figures(stats, time);
  arm(waits ? kMeasureInterval : LossWatch::kWindow);
}

/// Whether there is a round trip.
bool QualityWatch::measure(const Stats& stats) {
  if (stats.round_trip_ns == 0) return false;
  measured_ = true;
  speed_told_ = stats.rate_bytes_per_second;
  observer_.link_measured(line_, figures(stats));
  return true;
}

void QualityWatch::check_speed(const Stats& stats, Time time) {
  const auto speed = static_cast<double>(stats.rate_bytes_per_second);
  const auto told = static_cast<double>(speed_told_);
  const bool differs = speed > told * (1 + kOtherSpeed) || speed < told * (1 - kOtherSpeed);
  const bool again = std::exchange(speed_differs_, differs);
  if (!differs || !again || !speed_again_.due(time - up_since_)) return;
  speed_told_ = stats.rate_bytes_per_second;
  observer_.line_speed(line_, figures(stats));
}

void QualityWatch::check_loss(const Stats& stats, Time time) {
  const LossWatch::Verdict verdict = loss_.look(stats, time);
  if (verdict.change == LossWatch::Change::none) return;
  if (verdict.change == LossWatch::Change::ends) return observer_.frames_arrive(line_, verdict.lasted);
  Observer::Figures now_figures = figures(stats);
  now_figures.lost = verdict.losses.lost;
  now_figures.damaged = verdict.losses.damaged;
  observer_.frames_lost(line_, now_figures);
}

void QualityWatch::check_figures(const Stats& stats, Time time) {
  const bool traffic = stats.payload_bytes_sent != minute_.payload_bytes_sent ||
                       stats.payload_bytes_received != minute_.payload_bytes_received;
  Observer::Figures all = figures(stats);
  const double seconds = to_seconds(time - minute_began_);
  const auto a_second = [seconds](std::uint64_t bytes) {
    return static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds);
  };
  all.sent = a_second(stats.payload_bytes_sent - minute_.payload_bytes_sent);
  all.received = a_second(stats.payload_bytes_received - minute_.payload_bytes_received);
  const Losses losses = losses_between(minute_, stats);
  all.lost = losses.lost;
  all.damaged = losses.damaged;
  minute_ = stats;
  minute_began_ = time;
  if (traffic) observer_.link_figures(line_, all);
}

Observer::Figures QualityWatch::figures(const Stats& stats) const {
  return {.rate = stats.rate_bytes_per_second,
          .nominal = base_ == 0 ? nominal_ : nominal_ * endpoint_.line_speed() / base_,
          .round_trip = std::chrono::nanoseconds(stats.round_trip_ns),
          .connections = stats.streams_now};
}

}  // namespace serialtcp::io
