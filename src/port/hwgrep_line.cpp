#include "port/hwgrep_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "os/expression.h"
#include "os/text.h"
#include "os/whole_number.h"
#include "port/port_in_use.h"
#include "port/serial_port.h"
#include "port/url_options.h"

namespace serialtcp::io {

namespace {

constexpr std::array kHwgrepOptions = {KnownUrlOption{"n", "N"}, KnownUrlOption{"skip_busy"}};
constexpr std::array kAltOptions = {KnownUrlOption{"class", "NAME"}};
/// pyserial's, which differ in how they wait. Here there is one way.
constexpr std::array<std::string_view, 3> kAltClasses = {"Serial", "PosixPollSerial", "VTIMESerial"};

/// "USB VID:PID=0403:6001 SER=A1 LOCATION=1-1.2", as pyserial writes it.
std::string hardware_id(const Hardware& hardware) {
  if (hardware.vendor.empty()) return "";
  std::string text = fmt::format("USB VID:PID={}:{}", hardware.vendor, hardware.product);
  if (!hardware.serial.empty()) text += " SER=" + hardware.serial;
  if (!hardware.location.empty()) text += " LOCATION=" + hardware.location;
  return text;
}

bool fits(const Expression& expression, const PortFound& port) {
  return expression.fits(port.path) || expression.fits(port.by_id) || expression.fits(port.parts.name) ||
         expression.fits(hardware_id(port.parts)) || expression.fits(port.hardware);
}

bool is_busy_elsewhere(const std::string& path) {
  return is_port_in_use(path, PortUse::by_others);
}

/// Also by another link of this process.
bool is_busy(const std::string& path) {
  return is_port_in_use(path, PortUse::by_anybody);
}

std::expected<std::unique_ptr<Line>, std::string> make_hwgrep(const LineRequest& request) {
  auto choice = parse_hwgrep(request.rest(kHwgrepLineKind.prefix));
  if (!choice) return std::unexpected(choice.error());
  return std::make_unique<HwgrepLine>(request, std::move(*choice));
}

std::expected<void, OpenError> look_for_hwgrep(const std::string& name) {
  const auto choice = parse_hwgrep(std::string_view(name).substr(kHwgrepLineKind.prefix.size()));
  if (!choice) return std::unexpected(OpenError{.text = choice.error()});
  const auto path = choose_port(*choice, serial_ports(), &is_busy_elsewhere);
  if (!path) return std::unexpected(path.error());
  return kSerialPortKind.look(*path);
}

/// The device, or what is wrong with the options.
std::expected<std::string, std::string> alt_device(std::string_view text) {
  const SplitUrl url = split_url(text, '?');
  const auto options = parse_url_options(url.options, kAltOptions);
  if (!options) return std::unexpected(options.error());
  for (const UrlOption& option : *options) {
    if (std::ranges::find(kAltClasses, option.value) == kAltClasses.end())
      return std::unexpected(
          fmt::format("class={} is not known; known here: Serial, PosixPollSerial and VTIMESerial",
                      printable(option.value)));
  }
  if (url.place.empty()) return std::unexpected("a device is expected, as in alt:///dev/ttyUSB0");
  return std::string(url.place);
}

std::expected<std::string, std::string> alt_device_of(const std::string& name) {
  return alt_device(std::string_view(name).substr(kAltLineKind.prefix.size()));
}

}  // namespace

std::expected<HwgrepChoice, std::string> parse_hwgrep(std::string_view text) {
  const SplitUrl url = split_url(text, '&');
  HwgrepChoice choice{.pattern = std::string(url.place)};
  if (choice.pattern.empty())
    return std::unexpected("a regular expression is expected, as in hwgrep://0403:6001");
  if (choice.pattern.size() > HwgrepChoice::kMaxPattern)
    return std::unexpected(
        fmt::format("the regular expression has more than {} characters", HwgrepChoice::kMaxPattern));
  if (const std::string problem = Expression(choice.pattern).problem(); !problem.empty())
    return std::unexpected(
        fmt::format("the regular expression {} is wrong: {}", printable(choice.pattern), problem));
  const auto options = parse_url_options(url.options, kHwgrepOptions);
  if (!options) return std::unexpected(options.error());
  for (const UrlOption& option : *options) {
    if (option.name == "skip_busy") choice.skip_busy = true;
    if (option.name != "n") continue;
    const auto number = whole_number<std::size_t>(option.value);
    if (!number || *number == 0)
      return std::unexpected(fmt::format("n={} is no number from 1 on", printable(option.value)));
    choice.number = *number;
  }
  return choice;
}

std::expected<std::string, OpenError> choose_port(const HwgrepChoice& choice,
                                                  const std::vector<PortFound>& ports,
                                                  const std::function<bool(const std::string&)>& in_use) {
  const Expression expression(choice.pattern);
  std::size_t count = 0;
  std::size_t busy = 0;
  for (const PortFound& port : ports) {
    if (!fits(expression, port)) continue;
    if (choice.skip_busy && in_use(port.path)) {
      ++busy;
    } else if (++count == choice.number) {
      return port.path;
    }
  }
  std::string text = count + busy == 0 ? "no serial port fits the regular expression"
                                       : fmt::format("{} that fits, and n={} is asked for",
                                                     counted(count, "free serial port"), choice.number);
  if (busy > 0) text += fmt::format(", {} in use by other programs", counted(busy, "port"));
  return std::unexpected(OpenError{OpenError::Kind::missing, fmt::format("{}; the serial ports here are: {}",
                                                                         text, ports_in_a_line(ports))});
}

HwgrepLine::HwgrepLine(const LineRequest& request, HwgrepChoice choice)
    : WrappedLine(request.name, nullptr),
      context_(request.context),
      choice_(std::move(choice)),
      settings_(request.settings),
      observer_(request.observer),
      use_(request.use) {}

void HwgrepLine::open(Opened opened) {
  auto path = choose_port(choice_, serial_ports(), &is_busy);
  if (!path) return opened(std::unexpected(std::move(path.error())));
  path_ = std::move(*path);
  wrap(std::make_unique<SerialPort>(context_, path_, settings_, observer_, SerialPort::purpose_of(use_)));
  WrappedLine::open(std::move(opened));
}

std::string HwgrepLine::opened_as() const {
  return fmt::format("as {} {}", path_, WrappedLine::opened_as());
}

constinit const LineKind kHwgrepLineKind = {
    .prefix = "hwgrep://",
    .form = "hwgrep://REGEX",
    .make = &make_hwgrep,
    .look = &look_for_hwgrep,
    .exclusive = [](const std::string& name) -> std::optional<std::string> { return name; },
    .advice = kCableAdvice,
};

constinit const LineKind kAltLineKind = {
    .prefix = "alt://",
    .form = "alt://DEVICE",
    .make = [](const LineRequest& request) -> std::expected<std::unique_ptr<Line>, std::string> {
      const auto device = alt_device_of(request.name);
      if (!device) return std::unexpected(device.error());
      return std::make_unique<SerialPort>(request.context, *device, request.settings, request.observer,
                                          SerialPort::purpose_of(request.use));
    },
    .look = [](const std::string& name) -> std::expected<void, OpenError> {
      const auto device = alt_device_of(name);
      if (!device) return std::unexpected(OpenError{.text = device.error()});
      return kSerialPortKind.look(*device);
    },
    .exclusive = [](const std::string& name) -> std::optional<std::string> {
      return kSerialPortKind.exclusive(alt_device_of(name).value_or(name));
    },
    .advice = kCableAdvice,
};

}  // namespace serialtcp::io
