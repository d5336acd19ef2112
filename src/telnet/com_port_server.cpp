#include "telnet/com_port_server.h"

#include <algorithm>
#include <utility>

#include "telnet/coding.h"

namespace serialtcp::telnet {

using namespace com_port;

namespace {

constexpr std::size_t kBaudBytes = 4;

bool is_dtr(Byte control) {
  return control == kDtrOn || control == kDtrOff;
}
bool is_rts(Byte control) {
  return control == kRtsOn || control == kRtsOff;
}

}  // namespace

ComPortServer::ComPortServer(ServedPort& port, std::string signature)
    : port_(port), signature_(std::move(signature)) {
  signature_.resize(std::min(signature_.size(), kMaxSignature));
}

void ComPortServer::answer(Byte command, Byte value, Bytes& out) const {
  append_subnegotiation(option::kComPort, Bytes{static_cast<Byte>(command + kFromServer), value}, out);
}

void ComPortServer::answer_baud(ByteView wanted, Bytes& out) {
  std::uint32_t baud = 0;
  for (const Byte byte : wanted) baud = (baud << 8) | byte;
  baud = port_.set_baud(baud);
  Bytes text{static_cast<Byte>(kSetBaudRate + kFromServer)};
  for (int shift = 24; shift >= 0; shift -= 8) text.push_back(static_cast<Byte>(baud >> shift));
  append_subnegotiation(option::kComPort, text, out);
}

void ComPortServer::hear_signature(ByteView text, Bytes& out) {
  if (!text.empty()) {
    const ByteView kept = text.first(std::min(text.size(), kMaxSignature));
    heard_.emplace(kept.begin(), kept.end());
    return;
  }
  Bytes own{static_cast<Byte>(kSignature + kFromServer)};
  own.insert(own.end(), signature_.begin(), signature_.end());
  append_subnegotiation(option::kComPort, own, out);
}

std::optional<std::string> ComPortServer::take_signature() {
  return std::exchange(heard_, std::nullopt);
}

void ComPortServer::receive(ByteView value, Bytes& out) {
  if (value.empty()) return;
  const Byte command = value[0];
  const ByteView rest = value.subspan(1);
  if (command == kSetControl && rest.size() == 1) return control(rest[0], out);
  settle(out);
  switch (command) {
    case kSignature:
      return hear_signature(rest, out);
    case kSetBaudRate:
      if (rest.size() == kBaudBytes) answer_baud(rest, out);
      return;
    // Clients are known that send the server's number for these two.
    case kFlowControlSuspend:
    case kFlowControlSuspend + kFromServer:
      suspended_ = true;
      return;
    case kFlowControlResume:
    case kFlowControlResume + kFromServer:
      suspended_ = false;
      return;
    case kNotifyModemState:  // a client that asks
      return begin(out);
    default:
      break;
  }
  if (rest.size() != 1) return;
  switch (command) {
    case kSetDataSize:
      return answer(command, port_.set_data_size(rest[0]), out);
    case kSetParity:
      return answer(command, port_.set_parity(rest[0]), out);
    case kSetStopSize:
      return answer(command, port_.set_stop_size(rest[0]), out);
    case kSetLineStateMask:
      line_mask_ = rest[0];
      return answer(command, line_mask_, out);
    case kSetModemStateMask:
      modem_mask_ = rest[0];
      return answer(command, modem_mask_, out);
    case kPurgeData:
      if (rest[0] < kPurgeReceived || rest[0] > kPurgeBoth) return;
      port_.purge(rest[0]);
      return answer(command, rest[0], out);
    default:
      return;
  }
}

void ComPortServer::control(Byte value, Bytes& out) {
  if (is_dtr(value) || is_rts(value)) return want_pin(value, out);
  settle(out);
  switch (value) {
    case kAskFlowControl:
    case kNoFlowControl:
    case kXonXoff:
    case kHardwareFlowControl:
    case kDcdFlowControl:
    case kDsrFlowControl:
      return answer(kSetControl, port_.set_flow(value), out);
    case kAskBreak:
    case kBreakOn:
    case kBreakOff:
      return answer(kSetControl, port_.set_break(value), out);
    case kAskDtr:
      return answer(kSetControl, port_.set_pins({}).dtr.value_or(kDtrOff), out);
    case kAskRts:
      return answer(kSetControl, port_.set_pins({}).rts.value_or(kRtsOff), out);
    case kAskInboundFlow:
    case kNoInboundFlow:
    case kInboundXonXoff:
    case kInboundHardware:
    case kInboundDtr:
      return answer(kSetControl, port_.set_inbound_flow(value), out);
    default:
      return;
  }
}

void ComPortServer::want_pin(Byte value, Bytes& out) {
  const bool again = is_dtr(value) ? pins_.dtr.has_value() : pins_.rts.has_value();
  if (again) settle(out);  // each change is carried out
  (is_dtr(value) ? pins_.dtr : pins_.rts) = value;
  pins_in_order_.push_back(value);
}

void ComPortServer::settle(Bytes& out) {
  if (pins_in_order_.empty()) return;
  const ServedPort::Pins now = port_.set_pins(std::exchange(pins_, {}));
  for (const Byte asked : std::exchange(pins_in_order_, {}))
    answer(kSetControl, is_dtr(asked) ? now.dtr.value_or(kDtrOff) : now.rts.value_or(kRtsOff), out);
}

void ComPortServer::begin(Bytes& out) {
  begun_ = true;
  modem_state_ = port_.modem_state() & kModemStates;
  answer(kNotifyModemState, modem_state_, out);
}

void ComPortServer::look_at_pins(Bytes& out) {
  if (!watches_pins()) return;
  const auto state = static_cast<Byte>(port_.modem_state() & kModemStates);
  const auto changed = static_cast<Byte>(state ^ modem_state_);
  if (changed == 0) return;
  auto changes = static_cast<Byte>(changed >> kChangePlaces);
  if ((state & kRing) != 0) changes &= static_cast<Byte>(~kRingEnded);
  modem_state_ = state;
  // A change counts by either of its bits.
  if (((changed | changes) & modem_mask_) == 0) return;
  const auto told = static_cast<Byte>((state | changes) & modem_mask_);
  answer(kNotifyModemState, told, out);
}

void ComPortServer::notify_line_state(Byte bits, Bytes& out) const {
  const auto wanted = static_cast<Byte>(bits & line_mask_);
  if (begun_ && wanted != 0) answer(kNotifyLineState, wanted, out);
}

}  // namespace serialtcp::telnet
