// Opening a COM port, and its reads, which must not wait for a pause of the bytes.
#include "port/serial_port_windows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "port/com_name_windows.h"
#include "port/serial_text.h"

namespace serialtcp::io {

namespace {

std::string no_such_port_text() {
  const std::vector<std::string> ports = com_ports();
  if (ports.empty()) return "no such port, and this machine has none: is it plugged in?";
  return fmt::format("no such port: is it plugged in? There {} {}", ports.size() == 1 ? "is" : "are",
                     fmt::join(ports, ", "));
}

std::string port_lost_text(ErrorCode error) {
  switch (static_cast<ComError>(error.value())) {
    case ERROR_ACCESS_DENIED:  // what drivers of USB adapters say
    case ERROR_BAD_COMMAND:
    case ERROR_BROKEN_PIPE:  // of a pty, under wine
    case ERROR_DEVICE_NOT_CONNECTED:
    case ERROR_DEVICE_REMOVED:
    case ERROR_FILE_NOT_FOUND:
    case ERROR_GEN_FAILURE:
    case ERROR_INVALID_HANDLE:
    case ERROR_OPERATION_ABORTED:
      return "it was unplugged";
    default:
      return error.message();
  }
}

}  // namespace

OpenError com_open_error(ComError error) {
  using enum OpenError::Kind;
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
      return {missing, no_such_port_text()};
    case ERROR_DEVICE_NOT_CONNECTED:
    case ERROR_DEV_NOT_EXIST:
    case ERROR_GEN_FAILURE:
      return {missing, "the device does not answer: is it plugged in?"};
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_BUSY:
      return {passing, "in use by another program: end that one first"};
    case ERROR_INVALID_FUNCTION:
    case ERROR_INVALID_HANDLE:
      return {unusable, "it is not a serial port"};
    case ERROR_INVALID_PARAMETER:
    case ERROR_NOT_SUPPORTED:
      return {unusable,
              "the driver refuses these settings: try another baud rate, parity or number of stop bits"};
    case ERROR_SEM_TIMEOUT:
      return {passing, "its device did not answer in time: is it switched on?"};
    default:
      return {unusable, windows_error_text(error)};
  }
}

WindowsSerialPort::WindowsSerialPort(asio::io_context& context, std::string name,
                                     const SerialSettings& settings, Observer& observer)
    : HandleLine(context, std::move(name)), settings_(settings), observer_(observer) {}

WindowsSerialPort::~WindowsSerialPort() {
  WindowsSerialPort::close();
}

void WindowsSerialPort::open(Opened opened) {
  opened(open_device());
}

std::expected<void, OpenError> WindowsSerialPort::open_device() {
  const auto handle = open_handle(com_path(name()));
  if (!handle) return std::unexpected(com_open_error(handle.error()));
  auto done = set_up(*handle);
  if (!done) ::CloseHandle(*handle);
  return done;
}

std::expected<void, OpenError> WindowsSerialPort::set_up(HANDLE handle) {
  const auto saved = com_state(handle);
  if (!saved) return std::unexpected(com_open_error(saved.error()));
  const auto chosen = set_com_state(handle, settings_);
  if (!chosen) {
    restore_com_state(handle, *saved);
    return std::unexpected(com_open_error(chosen.error()));
  }
  saved_ = *saved;
  speed_ = *chosen;
  ::PurgeComm(handle, PURGE_RXCLEAR);  // what arrived before was not meant for us
  // A read that waits for more than there is ends only in a pause of the bytes: so one waits for the first, and the next
  // fetches the others.
  const auto read_size = [handle] {
    return std::clamp<std::size_t>(queues_of(handle).cbInQue, 1, Stream::kReadSize);
  };
  if (const ErrorCode error = adopt(handle, {.loss_text = &port_lost_text, .read_size = read_size})) {
    restore_com_state(handle, saved_);
    return std::unexpected(OpenError{.text = error.message()});
  }
  if (is_another_speed(speed_, settings_.baud))
    observer_.note(another_speed_warning(name(), settings_.baud, speed_));
  if (settings_.flow_control == FlowControl::xon_xoff) observer_.note(xon_xoff_note(name()));
  return {};
}

void WindowsSerialPort::close() {
  if (!is_open()) return;
  ::PurgeComm(handle(), PURGE_TXABORT | PURGE_TXCLEAR);
  restore_com_state(handle(), saved_);
  HandleLine::close();
}

COMSTAT WindowsSerialPort::queues_of(HANDLE handle) {
  DWORD errors = 0;
  COMSTAT queues{};
  if (::ClearCommError(handle, &errors, &queues) == 0) return COMSTAT{};
  return queues;
}

std::size_t WindowsSerialPort::unsent() const {
  if (!is_open()) return 0;
  // What the driver counts has, or has not, the write that is under way.
  return std::max<std::size_t>(HandleLine::unsent(), queues_of(handle()).cbOutQue);
}

std::string WindowsSerialPort::opened_as() const {
  return "at " + settings_text(speed_, settings_);
}

void WindowsSerialPort::set_speed(std::uint32_t baud, SpeedSet done) {
  if (!is_open()) return done(std::unexpected("it has no speed"));
  const auto chosen = set_com_speed(handle(), baud);
  if (!chosen) return done(std::unexpected("its driver refuses this"));
  speed_ = *chosen;
  done(speed_);
}

// ---- Pins ----

void WindowsSerialPort::set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) {
  if (dtr) settings_.dtr = dtr;
  if (rts) settings_.rts = rts;
  if (!is_open()) return;
  if (dtr) ::EscapeCommFunction(handle(), *dtr == Pin::high ? SETDTR : CLRDTR);
  if (rts) ::EscapeCommFunction(handle(), *rts == Pin::high ? SETRTS : CLRRTS);
}

std::optional<ModemLines> WindowsSerialPort::modem_lines() const {
  DWORD status = 0;
  if (!is_open() || ::GetCommModemStatus(handle(), &status) == 0) return std::nullopt;
  const auto pin = [status](DWORD bit) { return (status & bit) != 0 ? Pin::high : Pin::low; };
  return ModemLines{.cts = pin(MS_CTS_ON),
                    .dsr = pin(MS_DSR_ON),
                    .ring = pin(MS_RING_ON),
                    .carrier = pin(MS_RLSD_ON),
                    .dtr = dtr(),
                    .rts = rts()};
}

void WindowsSerialPort::set_break(Break wanted) {
  if (!is_open()) return;
  if (wanted == Break::on) {
    ::SetCommBreak(handle());
  } else {
    ::ClearCommBreak(handle());
  }
}

Duration WindowsSerialPort::last_bytes() const {
  return Duration(std::chrono::seconds(kFifo)) / static_cast<std::int64_t>(nominal_rate(settings_));
}

}  // namespace serialtcp::io
