// The numbers of RFC 2217 and the settings of a port.
#include "share/client_port.h"

#include <fmt/format.h>

#include <optional>

#include "port/telnet_settings.h"
#include "telnet/codes.h"

namespace serialtcp::share {

using namespace telnet::com_port;
using io::FlowControl;
using io::kFlowNumbers;
using io::kParityNumbers;
using io::kStopNumbers;
using io::number_of;
using io::Pin;
using io::SerialPort;
using io::SerialSettings;
using io::value_of;

namespace {

constexpr Byte kLeastBits = 5;
constexpr Byte kMostBits = 8;

Byte inbound_number(const SerialSettings& now) {
  if (now.flow_control == FlowControl::rts_cts) return kInboundHardware;
  const FlowControl inbound = now.inbound_flow.value_or(now.flow_control);
  return inbound == FlowControl::xon_xoff ? kInboundXonXoff : kNoInboundFlow;
}

}  // namespace

void ClientPort::change(const SerialSettings& wanted) {
  if (wanted == port_.settings() || !user_->may_set()) return;
  port_.change(wanted);
  user_->has_set();
}

std::uint32_t ClientPort::set_baud(std::uint32_t wanted) {
  SerialSettings next = port_.settings();
  if (wanted <= kFastest) {
    if (wanted != 0) next.baud = wanted;
  } else {
    user_->note(fmt::format("WARNING: it asked for {} baud; more than {} is not set", wanted, kFastest));
  }
  change(next);
  return port_.settings().baud;
}

Byte ClientPort::set_data_size(Byte wanted) {
  SerialSettings next = port_.settings();
  if (wanted >= kLeastBits && wanted <= kMostBits) next.data_bits = wanted;
  change(next);
  return port_.settings().data_bits;
}

Byte ClientPort::set_parity(Byte wanted) {
  SerialSettings next = port_.settings();
  next.parity = value_of(kParityNumbers, wanted).value_or(next.parity);
  change(next);
  return number_of(kParityNumbers, port_.settings().parity);
}

Byte ClientPort::set_stop_size(Byte wanted) {
  SerialSettings next = port_.settings();
  next.stop_bits = value_of(kStopNumbers, wanted).value_or(next.stop_bits);
  change(next);
  return number_of(kStopNumbers, port_.settings().stop_bits);
}

/// In both directions, as RFC 2217 has it.
Byte ClientPort::set_flow(Byte wanted) {
  SerialSettings next = port_.settings();
  if (const auto flow = value_of(kFlowNumbers, wanted)) {
    next.flow_control = *flow;
    next.inbound_flow.reset();
  }
  change(next);
  return number_of(kFlowNumbers, port_.settings().flow_control);
}

/// Hardware flow control cannot be had in one direction only.
Byte ClientPort::set_inbound_flow(Byte wanted) {
  SerialSettings next = port_.settings();
  const bool software = next.flow_control != FlowControl::rts_cts;
  if (software && wanted == kNoInboundFlow) next.inbound_flow = FlowControl::none;
  if (software && wanted == kInboundXonXoff) next.inbound_flow = FlowControl::xon_xoff;
  if (next.inbound_flow == next.flow_control) next.inbound_flow.reset();
  change(next);
  return inbound_number(port_.settings());
}

Byte ClientPort::set_break(Byte wanted) {
  if (wanted != kAskBreak && user_->may_set())
    user_->set_break(wanted == kBreakOn ? SerialPort::Break::on : SerialPort::Break::off);
  return user_->break_state() == SerialPort::Break::on ? kBreakOn : kBreakOff;
}

telnet::ServedPort::Pins ClientPort::set_pins(const Pins& wanted) {
  const auto level = [](std::optional<Byte> number, Byte high) -> std::optional<Pin> {
    if (!number) return std::nullopt;
    return *number == high ? Pin::high : Pin::low;
  };
  if (wanted != Pins{} && user_->may_set())
    port_.set_pins(level(wanted.dtr, kDtrOn), level(wanted.rts, kRtsOn));
  const auto lines = port_.modem_lines();
  const Pin dtr = lines ? lines->dtr : port_.dtr();
  const Pin rts = lines ? lines->rts : port_.rts();
  return {dtr == Pin::high ? kDtrOn : kDtrOff, rts == Pin::high ? kRtsOn : kRtsOff};
}

void ClientPort::purge(Byte what) {
  if (what != kPurgeToSend) user_->drop_received();
  if (what == kPurgeReceived) return;
  user_->drop_to_send();
  if (user_->may_set()) port_.drop_unsent();
}

/// A device without such lines is always ready.
Byte ClientPort::modem_state() {
  if (!port_.is_available()) return 0;
  const auto lines = port_.modem_lines();
  if (!lines) return kCts | kDsr | kCarrier;
  Byte state = 0;
  if (lines->cts == Pin::high) state |= kCts;
  if (lines->dsr == Pin::high) state |= kDsr;
  if (lines->ring == Pin::high) state |= kRing;
  if (lines->carrier == Pin::high) state |= kCarrier;
  return state;
}

}  // namespace serialtcp::share
