#include "driver/line_speed.h"

#include <utility>

#include "os/clock.h"

namespace serialtcp::io {

namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds(1);

}  // namespace

LineSpeed::LineSpeed(asio::io_context& context, const Climbing& climbing, Endpoint& endpoint, Line& line,
                     Pump pump)
    : climbing_(climbing), endpoint_(endpoint), line_(line), pump_(std::move(pump)), timer_(context) {}

void LineSpeed::line_opened() {
  line_closed();
  if (climbing_.where == Climbing::Where::everywhere && line_.speed() != 0)
    endpoint_.line_has_speeds({.base = line_.speed(), .most = climbing_.most});
}

void LineSpeed::line_closed() {
  ++generation_;
  setting_ = false;
  timer_.cancel();
}

void LineSpeed::follow() {
  if (setting_ || !endpoint_.wanted_speed()) return;
  setting_ = true;
  since_ = now();
  set_when_dry();
}

void LineSpeed::set_when_dry() {
  const std::optional<std::uint32_t> wanted = endpoint_.wanted_speed();
  if (!wanted) return void(setting_ = false);
  if (!pump_.flushed() && now() - since_ < kDryPatience) {
    timer_.expires_after(kLookAgain);
    timer_.async_wait(lifetime_.guard([this, generation = generation_](ErrorCode cancelled) {
      if (!cancelled && generation == generation_) set_when_dry();
    }));
    return;
  }
  line_.set_speed(*wanted, lifetime_.guard([this, generation = generation_](const Line::SpeedAnswer& answer) {
    if (generation != generation_) return;
    setting_ = false;
    endpoint_.speed_set(answer ? std::optional(*answer) : std::nullopt, now());
    pump_.kick();
  }));
}

}  // namespace serialtcp::io
