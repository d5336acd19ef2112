#include "port/speed_switch.h"

#include <utility>

#include "os/clock.h"

namespace serialtcp::io {

namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds(1);

}  // namespace

SpeedSwitch::SpeedSwitch(asio::io_context& context, Endpoint& endpoint, Line& line, Pump pump)
    : endpoint_(endpoint), line_(line), pump_(std::move(pump)), timer_(context) {}

void SpeedSwitch::cancel() {
  ++generation_;
  setting_ = false;
  timer_.cancel();
}

void SpeedSwitch::follow() {
  if (setting_ || !endpoint_.wanted_speed()) return;
  setting_ = true;
  since_ = now();
  set_when_dry();
}

void SpeedSwitch::set_when_dry() {
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
