#include "share/break_switch.h"

#include <utility>

namespace serialtcp::share {

BreakSwitch::BreakSwitch(io::asio::io_context& context, io::SerialPort& port, std::function<void()> begun)
    : port_(port), begun_(std::move(begun)), look_alarm_(context), pulse_alarm_(context) {}

void BreakSwitch::set(Break wanted) {
  const bool waited = is_pending();
  pulse_ = {};
  pulse_alarm_.cancel();
  set_ = wanted;
  follow();
  if (waited && !is_pending()) begun_();
}

void BreakSwitch::pulse(Duration length) {
  if (wanted() == Break::on) return;
  pulse_ = length;
  follow();
}

void BreakSwitch::reopened() {
  sent_ = Break::off;
  follow();
}

void BreakSwitch::stop() {
  set(Break::off);
  look_alarm_.cancel();
}

bool BreakSwitch::output_is_sent() const {
  if (port_.unsent() > 0) return false;
  const Duration fifo =
      Duration(std::chrono::seconds(kFifo)) / static_cast<std::int64_t>(io::nominal_rate(port_.settings()));
  return written_ == Time::min() || io::now() - written_ >= fifo;
}

void BreakSwitch::follow() {
  look_alarm_.cancel();
  if (!port_.is_available() || wanted() == sent_) return;
  if (wanted() == Break::on && !output_is_sent()) {
    return look_alarm_.start(kLook, [this] {
      follow();
      if (!is_pending()) begun_();
    });
  }
  sent_ = wanted();
  port_.set_break(sent_);
  if (sent_ == Break::off || pulse_ == Duration{}) return;
  pulse_alarm_.start(pulse_, [this] {
    pulse_ = {};
    follow();
  });
}

}  // namespace serialtcp::share
