#include "telnet/com_port.h"

#include <algorithm>
#include <string_view>

#include "telnet/coding.h"

namespace serialtcp::telnet {

using namespace com_port;

namespace {

constexpr std::string_view kOwnSignature = "serialtcp";
/// Line states that are notified: errors. Data and room in the queue would be notified with every byte.
constexpr Byte kLineErrors = kOverrun | kParityError | kFramingError;
constexpr Byte kAllModemStates = 0xFF;

bool has_four_bytes(Byte command) {
  return command == kSetBaudRate;
}

/// Requests of kSetControl that are independent of each other have the same command.
enum class Control : std::uint8_t { flow, break_state, dtr, rts, inbound_flow, unknown };

Control control_of(std::uint32_t value) {
  if (value <= 3 || value == 17 || value == 19) return Control::flow;
  if (value <= 6) return Control::break_state;
  if (value <= kDtrOff) return Control::dtr;
  if (value <= kRtsOff) return Control::rts;
  return value <= 18 ? Control::inbound_flow : Control::unknown;
}

void append_request(Byte command, std::uint32_t value, Bytes& out) {
  Bytes text{command};
  for (int shift = has_four_bytes(command) ? 24 : 0; shift >= 0; shift -= 8)
    text.push_back(static_cast<Byte>(value >> shift));
  append_subnegotiation(option::kComPort, text, out);
}

/// In the order in which a port is asked for them.
std::vector<ComPort::Setting> settings_of(const PortWish& wish) {
  const bool control = wish.control == PortWish::Control::checked;
  std::vector<ComPort::Setting> settings = {{.command = kSetBaudRate, .asked = wish.baud},
                                            {.command = kSetDataSize, .asked = wish.data_size},
                                            {.command = kSetParity, .asked = wish.parity},
                                            {.command = kSetStopSize, .asked = wish.stop_size},
                                            {.command = kSetControl, .asked = wish.flow, .checked = control}};
  for (const auto& pin : {wish.dtr, wish.rts}) {
    if (pin) settings.push_back({.command = kSetControl, .asked = *pin, .checked = control});
  }
  return settings;
}

bool is_same_setting(const ComPort::Setting& one, const ComPort::Setting& other) {
  return one.command == other.command &&
         (one.command != kSetControl || control_of(one.asked) == control_of(other.asked));
}

}  // namespace

ComPort::ComPort(const PortWish& wish) : settings_(settings_of(wish)) {}

void ComPort::change(const PortWish& wish, Bytes& out) {
  for (const Setting& wanted : settings_of(wish)) {
    const auto known =
        std::ranges::find_if(settings_, [&](const Setting& one) { return is_same_setting(one, wanted); });
    if (known != settings_.end() && known->asked == wanted.asked) continue;
    const unsigned awaited = known != settings_.end() ? known->awaited : 0;
    Setting& setting = known != settings_.end() ? *known : settings_.emplace_back();
    setting = wanted;
    setting.awaited = awaited;
    request(setting, out);
  }
}

void ComPort::request(Setting& setting, Bytes& out) {
  ++setting.awaited;
  append_request(setting.command, setting.asked, out);
}

void ComPort::request_control(Byte value, Bytes& out) {
  append_request(kSetControl, value, out);
}

void ComPort::request_all(Bytes& out) {
  for (Setting& setting : settings_) {
    setting.answered.reset();
    request(setting, out);
  }
  append_request(kSetLineStateMask, kLineErrors, out);
  append_request(kSetModemStateMask, kAllModemStates, out);
}

void ComPort::request_purge(Byte what, Bytes& out) {
  append_request(kPurgeData, what, out);
}

void ComPort::request_modem_state(Bytes& out) {
  append_subnegotiation(option::kComPort, Bytes{kNotifyModemState}, out);
}

bool ComPort::answered() const {
  return std::ranges::all_of(settings_,
                             [](const Setting& one) { return !one.checked || one.answered.has_value(); });
}

ComPort::Heard ComPort::flow(Heard::Kind kind) {
  suspended_ = kind == Heard::Kind::suspended;
  return {.kind = kind};
}

ComPort::Heard ComPort::receive(ByteView value, Bytes& out) {
  if (value.empty()) return {};
  const Byte number = value[0];
  const ByteView rest = value.subspan(1);
  // Servers are known that send the client's number for these two.
  if (number == kFlowControlSuspend || number == kFromServer + kFlowControlSuspend)
    return flow(Heard::Kind::suspended);
  if (number == kFlowControlResume || number == kFromServer + kFlowControlResume)
    return flow(Heard::Kind::resumed);
  if (number < kFromServer) return {};
  const Byte command = static_cast<Byte>(number - kFromServer);
  switch (command) {
    case kSignature: {
      if (!rest.empty()) {
        const ByteView text = rest.first(std::min(rest.size(), kMaxSignature));
        return {.kind = Heard::Kind::signature, .text = std::string(text.begin(), text.end())};
      }
      Bytes own{kSignature};
      own.insert(own.end(), kOwnSignature.begin(), kOwnSignature.end());
      append_subnegotiation(option::kComPort, own, out);
      return {.kind = Heard::Kind::signature_request};
    }
    case kNotifyLineState:
      if (rest.empty() || (rest[0] & kLineErrors) == 0) return {};
      return {.kind = Heard::Kind::line_state, .value = static_cast<Byte>(rest[0] & kLineErrors)};
    case kNotifyModemState: {
      if (rest.empty()) return {};
      const auto state = static_cast<Byte>(rest[0] & kModemStates);
      if (modem_state_ == state) return {};
      modem_state_ = state;
      return {.kind = Heard::Kind::modem_state, .value = state};
    }
    default:
      return answer(command, rest);
  }
}

ComPort::Heard ComPort::answer(Byte command, ByteView value) {
  if (value.size() != (has_four_bytes(command) ? 4U : 1U)) return {};
  std::uint32_t number = 0;
  for (const Byte byte : value) number = (number << 8) | byte;
  for (Setting& setting : settings_) {
    if (setting.command != command) continue;
    if (command == kSetControl && control_of(setting.asked) != control_of(number)) continue;
    if (setting.awaited > 0) --setting.awaited;
    // Some servers leave out answers: the value that was asked for is right in any case.
    if (setting.awaited == 0 || number == setting.asked) setting.answered = number;
    return {.kind = Heard::Kind::answer, .value = command};
  }
  return {};
}

}  // namespace serialtcp::telnet
