#include "port/break_switch.h"

#include <utility>

namespace serialtcp::io {

BreakSwitch::BreakSwitch(asio::io_context& context, Line& line, std::function<void()> begun)
    : line_(line), begun_(std::move(begun)), look_alarm_(context), pulse_alarm_(context) {}

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
  if (line_.unsent() > 0) return false;
  return written_ == Time::min() || now() - written_ >= line_.controls()->last_bytes();
}

void BreakSwitch::follow() {
  look_alarm_.cancel();
  if (line_.controls() == nullptr || wanted() == sent_) return;
  if (wanted() == Break::on && !output_is_sent()) {
    return look_alarm_.start(kLook, [this] {
      follow();
      if (!is_pending()) begun_();
    });
  }
  sent_ = wanted();
  line_.controls()->set_break(sent_);
  if (sent_ == Break::off || pulse_ == Duration{}) return;
  pulse_alarm_.start(pulse_, [this] {
    pulse_ = {};
    follow();
  });
}

}  // namespace serialtcp::io
