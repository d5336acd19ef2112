#include "share/port_watch.h"

#include <utility>

#include "telnet/codes.h"

namespace serialtcp::share {

PortWatch::PortWatch(io::asio::io_context& context, io::SerialPort& port, User& user)
    : port_(port), user_(user), alarm_(context) {}

void PortWatch::update() {
  const Wanted wanted = user_.wanted();
  if (wanted.pins) {
    if (!pins_) pins_ = inputs();
    port_.watch_pins([this] {
      look_at_pins();
      update();
    });
  } else {
    port_.ignore_pins();
    pins_.reset();
  }
  const bool often = wanted.errors || (wanted.pins && !(port_.notices_pins() && reported_));
  const Duration interval = often ? kLook : wanted.pins ? kSeldom : Duration{};
  if (interval == std::exchange(interval_, interval)) return;
  alarm_.cancel();
  if (interval > Duration{}) alarm_.start(interval, [this] { look(); });
}

void PortWatch::reopened() {
  errors_ = port_.errors();
  reported_ = true;
  look_at_pins();
  update();
}

void PortWatch::look_at_pins() {
  pins_ = inputs();
  user_.look_at_pins();
}

void PortWatch::stop() {
  alarm_.cancel();
  port_.ignore_pins();
  interval_ = {};
}

/// Without those that are set here.
std::optional<io::ModemLines> PortWatch::inputs() const {
  auto lines = port_.modem_lines();
  if (lines) lines->dtr = lines->rts = io::Pin::low;
  return lines;
}

void PortWatch::look() {
  using namespace telnet::com_port;
  interval_ = {};
  const auto pins = pins_;
  look_at_pins();
  if (pins && pins != pins_ && port_.notices_pins()) reported_ = false;
  const auto now = port_.errors();
  const auto before = std::exchange(errors_, now);
  if (now && before && now != before) {
    Byte bits = 0;
    if (now->overruns != before->overruns) bits |= kOverrun;
    if (now->parity != before->parity) bits |= kParityError;
    if (now->framing != before->framing) bits |= kFramingError;
    if (now->breaks != before->breaks) bits |= kBreakDetected;
    user_.had_errors(bits);
  }
  update();
}

}  // namespace serialtcp::share
