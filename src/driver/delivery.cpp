// Polls: no event reports that the other side of a socket has acknowledged.
#include "driver/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "os/clock.h"
#include "os/text.h"

namespace serialtcp::io {

using namespace std::chrono_literals;

namespace {

constexpr Duration kPoll = 20ms;
/// If everything is delivered within this time, nothing is logged.
constexpr Duration kNotWorthTelling = 100ms;
/// A peer that does not report what it has left (version 2.0.0, the original) has nothing left when nothing
/// arrived for this time and two round trips.
constexpr Duration kQuiet = 1s;
constexpr Duration kQuietWithoutConnections = 200ms;
/// Streams that a peer opened before it knew of the exit are served for this long.
constexpr Duration kLateStreams = 1s;

}  // namespace

Delivery::Delivery(asio::io_context& context, Endpoint& endpoint, Connections& connections,
                   Observer& observer)
    : endpoint_(endpoint), connections_(connections), observer_(observer), timer_(context) {}

void Delivery::begin(Duration most, Done done) {
  connections_.refuse_clients();
  done_ = std::move(done);
  most_ = most;
  begun_ = quiet_since_ = now();
  received_ = endpoint_.stats().payload_bytes_received;
  endpoint_.announce_leaving(begun_);
  look();
}

void Delivery::cancel() {
  timer_.cancel();
  done_ = nullptr;
}

std::uint64_t Delivery::left_here() const {
  const Undelivered streams = endpoint_.undelivered();
  const Connections::Left sockets = connections_.left();
  return streams.to_peer + streams.to_application + streams.ends + sockets.input + sockets.output;
}

bool Delivery::peer_is_done(Time time) {
  const Stats stats = endpoint_.stats();
  if (stats.payload_bytes_received != std::exchange(received_, stats.payload_bytes_received))
    quiet_since_ = time;
  if (!endpoint_.link_up() || endpoint_.link_away()) return true;
  if (const auto left = endpoint_.peer_left()) return *left == 0;
  const Duration quiet = connections_.empty() ? kQuietWithoutConnections : kQuiet;
  return time - quiet_since_ >= quiet + 2 * std::chrono::nanoseconds(stats.round_trip_ns);
}

void Delivery::look() {
  const Time time = now();
  if (endpoint_.peer_left() == 0U || time - begun_ >= kLateStreams) connections_.refuse_streams();
  const std::uint64_t here = left_here();
  const std::uint64_t left = here + endpoint_.peer_left().value_or(0);
  const bool late = time - begun_ >= most_;
  if ((here == 0 && peer_is_done(time)) || late) {
    if (left > 0 && most_ > Duration{})
      observer_.note(fmt::format("WARNING: {} could not be delivered in time: lost (--drain gives more time)",
                                 format_size(left)));
    return std::exchange(done_, nullptr)();
  }
  if (left > 0 && time - begun_ >= kNotWorthTelling) tell(left, time);
  timer_.expires_after(kPoll);
  timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled && done_) look();
  }));
}

void Delivery::tell(std::uint64_t left, Time time) {
  if (told_ != Time::min() && time - told_ < kTellInterval) return;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(most_ - (time - begun_)).count();
  const std::string text =
      fmt::format("{} left to deliver before the end, for up to {} s", format_size(left), seconds);
  observer_.note(told_ == Time::min() ? text + "; a second signal ends at once" : text);
  told_ = time;
}

}  // namespace serialtcp::io
