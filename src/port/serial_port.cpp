// What is wished of a port, what is remembered of that, and what the user is told.
#include "port/serial_port.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

#include "port/serial_text.h"

namespace serialtcp::io {

namespace {

/// Those that somebody has chosen: "a speed of 9600, parity and RTS/CTS are"; empty if none.
std::string settings_in_words(const SerialSettings& settings) {
  const SerialSettings usual;
  std::vector<std::string> words;
  if (settings.baud != usual.baud) words.push_back(fmt::format("a speed of {}", settings.baud));
  if (settings.parity != usual.parity) words.emplace_back("parity");
  if (settings.stop_bits != usual.stop_bits) words.emplace_back("stop bits");
  if (settings.flow_control != usual.flow_control) words.emplace_back("flow control");
  if (settings.rts || settings.dtr) words.emplace_back("RTS or DTR");
  if (settings.rs485) words.emplace_back("RS-485");
  if (words.empty()) return "";
  const bool one = words.size() == 1;
  std::string last = std::move(words.back());
  words.pop_back();
  return fmt::format("{}{}{} {}", fmt::join(words, ", "), one ? "" : " and ", last, one ? "is" : "are");
}

}  // namespace

SerialPort::SerialPort(asio::io_context& context, std::string path, const SerialSettings& settings,
                       Observer& observer, Purpose purpose)
    : name_(std::move(path)),
      settings_(settings),
      observer_(observer),
      purpose_(purpose),
      device_(make_serial_device(context, name_, observer, purpose)) {}

SerialPort::~SerialPort() {
  SerialPort::close();
}

std::expected<std::unique_ptr<Line>, std::string> SerialPort::make(const LineRequest& request) {
  return std::make_unique<SerialPort>(request.context, request.name, request.settings, request.observer,
                                      purpose_of(request.use));
}

void SerialPort::open(Opened opened) {
  const auto result = device_->open(settings_);
  if (!result) return opened(std::unexpected(result.error()));
  tell_how_it_is(*result);
  opened({});
}

void SerialPort::tell_how_it_is(const SerialDevice::Opened& opened) {
  bare_ = !opened.speed;
  speed_ = opened.speed.value_or(0);
  if (!bare_) {
    if (is_another_speed(speed_, settings_.baud))
      observer_.note(another_speed_warning(name_, settings_.baud, speed_));
    if (settings_.flow_control == FlowControl::xon_xoff && purpose_ == Purpose::link)
      observer_.note(xon_xoff_note(name_));
  } else if (const std::string useless = settings_in_words(settings_);
             !std::exchange(useless_told_, true) && !useless.empty()) {
    observer_.note(fmt::format("WARNING: {} is not a serial port and has no such settings: {} without effect",
                               name_, useless));
  }
  for (const std::string& warning : opened.warnings) observer_.note(warning);
}

void SerialPort::close() {
  if (device_->is_open()) device_->close();
}

std::string SerialPort::opened_as() const {
  if (bare_) return "as it is: it has no speed and no other settings";
  const std::string hardware = device_->hardware_in_words();
  const std::string rs485 = device_->rs485_in_words();
  return fmt::format("at {}{}{}", settings_text(speed_, settings_), rs485.empty() ? "" : ", " + rs485,
                     hardware.empty() ? "" : fmt::format(" ({})", hardware));
}

LineResult SerialPort::read(MutableByteView into) {
  LineResult result = device_->read(into);
  if (result.status != LineStatus::gone) return result;
  // With other settings, 0 bytes need not mean the end.
  if (const auto changed = restore_settings()) {
    observer_.note(*changed);
    return {LineStatus::would_block};
  }
  return result;
}

std::optional<std::string> SerialPort::restore_settings() {
  return has_settings() ? device_->restore_settings(settings_) : std::nullopt;
}

std::string SerialPort::adapter() const {
  const std::string text = is_available() ? device_->adapter() : "";
  return text.empty() ? name_ : text;
}

void SerialPort::set_speed(std::uint32_t baud, SpeedSet done) {
  if (!has_settings()) return done(std::unexpected("it has no speed"));
  const auto chosen = device_->set_speed(baud);
  if (!chosen) return done(std::unexpected("its driver refuses this"));
  speed_ = *chosen;
  done(speed_);
}

// ---- A port that is shared ----

void SerialPort::change(const SerialSettings& wanted) {
  SerialSettings next = wanted;
  next.dtr = settings_.dtr;
  next.rts = settings_.rts;
  next.rs485 = settings_.rs485;
  if (!has_settings()) {
    settings_ = next;
    return;
  }
  auto now = device_->change(next);
  if (!now || is_another_speed(now->baud, next.baud)) {
    observer_.note(fmt::format("WARNING: {} was asked for {} baud and {}: it stays at {}", name_, next.baud,
                               now ? fmt::format("its driver chose {}", now->baud) : "refused this",
                               settings_.baud));
    now = device_->change(settings_);
  }
  if (!now) return;  // it is gone; read() reports this
  settings_ = *now;
  speed_ = now->baud;
}

void SerialPort::set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) {
  if (dtr) settings_.dtr = dtr;
  if (rts) settings_.rts = rts;
  if (is_available()) device_->set_pins(dtr, rts);
}

std::optional<ModemLines> SerialPort::modem_lines() const {
  return is_available() ? device_->modem_lines() : std::nullopt;
}

void SerialPort::watch_pins(std::function<void()> changed) {
  if (modem_lines()) device_->watch_pins(std::move(changed));
}

void SerialPort::set_break(Break wanted) {
  if (is_available()) device_->set_break(wanted);
}

Duration SerialPort::last_bytes() const {
  return Duration(std::chrono::seconds(kFifo)) / static_cast<std::int64_t>(nominal_rate(settings_));
}

bool SerialPort::holds_sender_back() const {
  if (bare_ || settings_.inbound_flow.value_or(settings_.flow_control) != FlowControl::none) return true;
  return is_available() && device_->has_no_line();
}

void SerialPort::drop_unsent() {
  if (is_available()) device_->drop_unsent();
}

std::optional<LineErrors> SerialPort::errors() const {
  return is_available() ? device_->errors() : std::nullopt;
}

}  // namespace serialtcp::io
