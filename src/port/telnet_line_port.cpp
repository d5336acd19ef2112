// The serial port behind a server: its pins, a break, its speed.
#include <algorithm>
#include <utility>

#include "port/port_wish.h"
#include "port/telnet_line.h"
#include "port/telnet_text.h"

namespace serialtcp::io {

void TelnetLine::set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) {
  if (!session_->has_port()) return;
  if (dtr) dtr_ = dtr;
  if (rts) rts_ = rts;
  wish_pins(dtr, rts, *wish_);
  session_->change(*wish_);
  flush();
}

std::optional<ModemLines> TelnetLine::modem_lines() const {
  const auto state = session_->has_port() ? session_->port()->modem_state() : std::nullopt;
  return state ? std::optional(modem_lines_in(*state, dtr(), rts())) : std::nullopt;
}

std::uint32_t TelnetLine::speed() const {
  if (state_ != State::open || !session_->has_port()) return 0;
  const auto& settings = session_->port()->settings();
  const auto speed =
      std::ranges::find(settings, telnet::com_port::kSetBaudRate, &telnet::ComPort::Setting::command);
  return speed != settings.end() ? speed->answered.value_or(speed->asked) : 0;
}

void TelnetLine::set_speed(std::uint32_t baud, SpeedSet done) {
  if (state_ != State::open || !session_->has_port()) return done(std::unexpected("it has no speed"));
  if (wish_->baud == baud) return done(speed());
  wish_->baud = baud;
  speed_set_ = std::move(done);
  session_->change(*wish_);
  flush();
  timer_.expires_after(kSpeedPatience);
  timer_.async_wait(lifetime_.guard([this, generation = generation_](ErrorCode cancelled) {
    if (!cancelled && generation == generation_)
      speed_answered(std::unexpected("the server does not answer about it"));
  }));
}

void TelnetLine::speed_answered(SpeedAnswer answer) {
  if (SpeedSet done = std::exchange(speed_set_, nullptr)) done(std::move(answer));
}

void TelnetLine::set_break(Break wanted) {
  session_->set_break(wanted == Break::on);
  flush();
}

}  // namespace serialtcp::io
