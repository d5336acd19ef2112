#include "port/telnet_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string_view>

namespace serialtcp::io {

namespace {

using namespace telnet::com_port;
using Setting = telnet::ComPort::Setting;

std::string_view control_text(std::uint32_t value) {
  static constexpr std::array<std::string_view, 13> kTexts = {
      "", "no flow control", "XON/XOFF", "RTS/CTS", "",      "a break", "no break",
      "", "DTR 1",           "DTR 0",    "",        "RTS 1", "RTS 0"};
  return value < kTexts.size() ? kTexts[value] : "";
}

std::string_view parity_text(std::uint32_t value) {
  static constexpr std::array<std::string_view, 6> kTexts = {"", "N", "O", "E", "M", "S"};
  return value < kTexts.size() ? kTexts[value] : "";
}

std::string_view stop_text(std::uint32_t value) {
  static constexpr std::array<std::string_view, 4> kTexts = {"", "1", "2", "1.5"};
  return value < kTexts.size() ? kTexts[value] : "";
}

std::string value_text(Byte command, std::uint32_t value) {
  std::string_view text;
  if (command == kSetParity) text = parity_text(value);
  if (command == kSetStopSize) text = stop_text(value);
  if (command == kSetControl) text = control_text(value);
  return text.empty() ? fmt::format("{}", value) : std::string(text);
}

std::string_view setting_name(const Setting& setting) {
  switch (setting.command) {
    case kSetBaudRate:
      return "baud rate";
    case kSetDataSize:
      return "data bits";
    case kSetParity:
      return "parity";
    case kSetStopSize:
      return "stop bits";
    default:
      return "control";
  }
}

std::string answer_problem(const Setting& setting) {
  const std::string asked = value_text(setting.command, setting.asked);
  if (!setting.answered)
    return fmt::format("it has not answered the request for {} {}", setting_name(setting), asked);
  return fmt::format("it was asked for {} {} and has {}", setting_name(setting), asked,
                     value_text(setting.command, *setting.answered));
}

}  // namespace

std::string negotiation_text(Byte verb, Byte option) {
  const std::string_view what = verb == telnet::kWill   ? "WILL"
                                : verb == telnet::kWont ? "WONT"
                                : verb == telnet::kDo   ? "DO"
                                                        : "DONT";
  switch (option) {
    case telnet::option::kBinary:
      return fmt::format("{} BINARY", what);
    case telnet::option::kEcho:
      return fmt::format("{} ECHO", what);
    case telnet::option::kSuppressGoAhead:
      return fmt::format("{} SUPPRESS-GO-AHEAD", what);
    case telnet::option::kComPort:
      return fmt::format("{} COM-PORT-OPTION", what);
    default:
      return fmt::format("{} {}", what, option);
  }
}

std::string pins_text(Byte state) {
  const auto pin = [state](unsigned bit) { return (state & bit) != 0 ? "on" : "off"; };
  return fmt::format("CTS {}, DSR {}, RI {}, CD {}", pin(0x10), pin(0x20), pin(0x40), pin(0x80));
}

std::string line_errors_text(Byte errors) {
  std::vector<std::string_view> names;
  if ((errors & kOverrun) != 0) names.emplace_back("overrun");
  if ((errors & kParityError) != 0) names.emplace_back("parity");
  if ((errors & kFramingError) != 0) names.emplace_back("framing");
  return fmt::format("{} errors", fmt::join(names, " and "));
}

std::string port_text(const telnet::ComPort& port) {
  std::string speed, size, parity, stop, control;
  for (const Setting& setting : port.settings()) {
    const std::uint32_t value = setting.answered.value_or(setting.asked);
    const std::string text = value_text(setting.command, value);
    switch (setting.command) {
      case kSetBaudRate:
        speed = text;
        break;
      case kSetDataSize:
        size = text;
        break;
      case kSetParity:
        parity = text;
        break;
      case kSetStopSize:
        stop = text;
        break;
      default:
        if (value == kXonXoff || value == kHardwareFlowControl) control = ", " + text;
    }
  }
  return fmt::format("at {} {}{}{}{}", speed, size, parity, stop, control);
}

std::vector<std::string> session_problems(const telnet::Session& session) {
  std::vector<std::string> problems;
  if (!session.speaks_telnet()) {
    problems.emplace_back(
        "nothing of telnet was received, so it may be a raw port: use socket:// for one, since bytes get lost otherwise");
    return problems;
  }
  const bool text_to = session.mode(telnet::Side::us) == telnet::Mode::text;
  const bool text_from = session.mode(telnet::Side::peer) == telnet::Mode::text;
  if (text_to || text_from) {
    problems.push_back(fmt::format(
        "it does not accept the option BINARY {}: CR is sent as CR NUL there, and it must do the same",
        text_to && text_from ? "in either direction"
        : text_to            ? "for what it receives"
                             : "for what it sends"));
  }
  if (session.port() == nullptr || !session.has_port()) return problems;
  for (const Setting& setting : session.port()->settings()) {
    if (setting.checked && !setting.fulfilled()) problems.push_back(answer_problem(setting));
  }
  return problems;
}

}  // namespace serialtcp::io
