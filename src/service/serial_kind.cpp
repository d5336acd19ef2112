// A serial port of this machine: "serial:/dev/ttyUSB1,115200,8E1,rfc2217".
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "net/target_text.h"
#include "port/line_factory.h"
#include "service/serial_target.h"
#include "service/service_kinds.h"

namespace serialtcp::io {

namespace {

constexpr std::uint64_t kFastestBaud = 50'000'000;

class SerialClientPlace final : public PlaceOf<ConnectPlace, SerialPlace> {
 public:
  using PlaceOf::PlaceOf;

  StreamKind streams() const override { return StreamKind::bytes; }
  std::string text() const override { return to_string(value_); }
  void offer(const ServiceSite& site, const ServiceTerms& terms) const override {
    Connections& connections = site.connections;
    connections.offer(terms.name,
                      std::make_unique<SerialTarget>(connections.context(), value_, connections.observer()),
                      terms.limit);
  }
};

constexpr KindOption kSerialRfc2217 = {"rfc2217", "rfc2217",
                                       "for a --client that is a serial port, and for a pty"};
constexpr KindOption kSerialRtsCts = {"rtscts", "rtscts", "for a --client that is a serial port"};
constexpr KindOption kSerialXonXoff = {"xonxoff", "xonxoff", "for a --client that is a serial port"};
constexpr std::array kSerialOptions = {kSerialRfc2217, kSerialRtsCts, kSerialXonXoff};

/// "8N1", "7E2": data bits, parity, stop bits.
bool take_format(std::string_view text, SerialSettings& settings) {
  static constexpr std::string_view kParities = "NEOSM";  // in the order of the enumeration
  if (text.size() < 3 || text[0] < '5' || text[0] > '8') return false;
  const std::size_t parity = kParities.find(text[1]);
  const std::string_view stop = text.substr(2);
  if (parity == std::string_view::npos || (stop != "1" && stop != "1.5" && stop != "2")) return false;
  settings.data_bits = static_cast<std::uint8_t>(text[0] - '0');
  settings.parity = static_cast<Parity>(parity);
  settings.stop_bits = stop == "1" ? StopBits::one : stop == "2" ? StopBits::two : StopBits::one_and_a_half;
  return true;
}

/// The mistake, if there is one.
std::optional<std::string> take_serial_option(std::string_view option, SerialPlace& place) {
  SerialSettings& settings = place.settings;
  if (const auto baud = parse_number(option, 1, kFastestBaud)) {
    settings.baud = static_cast<std::uint32_t>(*baud);
  } else if (kSerialRfc2217.is(option)) {
    place.protocol = share::Protocol::rfc2217;
  } else if (kSerialRtsCts.is(option) || kSerialXonXoff.is(option)) {
    if (settings.flow_control != FlowControl::none) return "rtscts and xonxoff exclude each other";
    settings.flow_control = kSerialRtsCts.is(option) ? FlowControl::rts_cts : FlowControl::xon_xoff;
  } else if (!take_format(option, settings)) {
    return fmt::format("{} (a serial port also takes a speed and a format: serial:/dev/ttyUSB1,9600,8E1)",
                       option_not_taken(option));
  }
  return std::nullopt;
}

class SerialKind final : public ServiceKind {
 public:
  std::string_view prefix() const override { return "serial:"; }
  Commas commas() const override { return Commas::begin_options; }
  std::string_view options_are() const override { return "for serial ports"; }
  std::span<const KindOption> options() const override { return kSerialOptions; }

  ParsedPlace<ListenPlace> parse_server(const PlaceText&) const override {
    return std::unexpected(
        "serial: is for --client: programs here open a pty instead, as in --server pty:/tmp/board");
  }

  ParsedPlace<ConnectPlace> parse_client(const PlaceText& text) const override {
    SerialPlace place{.device = std::string(text.where)};
    if (place.device.empty()) return std::unexpected("serial: needs a device, as in serial:/dev/ttyUSB1");
    if (parse_number(text.where, 1, UINT16_MAX)) {
      return std::unexpected(fmt::format(
          "serial:{0} would be a device with the name {0}: of a host that is called serial, give the address",
          text.where));
    }
    if (is_other_line(place.device))
      return std::unexpected(
          fmt::format("{} is no device: only a serial port of this machine can be one", text.where));
    for (const std::string_view option : text.options) {
      if (auto problem = take_serial_option(option, place)) return std::unexpected(std::move(*problem));
    }
    return std::make_shared<SerialClientPlace>(std::move(place));
  }
};

}  // namespace

const ServiceKind& serial_kind() {
  static const SerialKind kind;
  return kind;
}

}  // namespace serialtcp::io
