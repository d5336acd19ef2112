// A COM port, which Windows gives to one program at a time. Its reads must not wait for a pause of the bytes.
#include "port/serial_device_windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "port/com_name_windows.h"
#include "port/handle_line_windows.h"
#include "port/port_holder.h"
#include "port/rs485.h"
#include "port/serial_device.h"
#include "port/serial_port.h"
#include "port/serial_ports.h"

namespace serialtcp::io {

namespace {

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

OpenError busy_error(const std::string& name) {
  if (is_own_port(com_path(name)))
    return {OpenError::Kind::unusable,
            "another link or shared port of this program uses it: each needs a port of its own"};
  const auto holders = HolderLook::shared().holders_of(name);
  if (holders.empty()) return com_open_error(ERROR_ACCESS_DENIED);
  return {OpenError::Kind::passing,
          fmt::format("in use by another program, {}: end that program", text_of(holders.front()))};
}

OpenError open_error(const std::string& name, ComError error) {
  OpenError result = com_open_error(error);
  return result.kind == OpenError::Kind::passing && error != ERROR_SEM_TIMEOUT ? busy_error(name) : result;
}

/// The port is not opened, which could change its pins.
std::expected<void, OpenError> look_at_port(const std::string& name) {
  if (!is_device_there(com_path(name))) return std::unexpected(com_open_error(ERROR_FILE_NOT_FOUND));
  return {};
}

class ComPort final : public SerialDevice {
 public:
  ComPort(asio::io_context& context, const std::string& name)
      : context_(context), name_(name), stream_(context) {}
  ~ComPort() override { ComPort::close(); }

  std::expected<Opened, OpenError> open(const SerialSettings& settings) override;
  void close() override;
  bool is_open() const override { return stream_.is_open(); }

  LineResult read(MutableByteView into) override { return stream_.read(into); }
  LineResult write(ByteView bytes) override { return stream_.write(bytes); }
  void when_readable(Line::Ready ready) override { stream_.when_readable(std::move(ready)); }
  void when_writable(Line::Ready ready) override { stream_.when_writable(std::move(ready)); }
  // What the driver counts has, or has not, the write that is under way.
  std::size_t unsent() const override {
    return std::max<std::size_t>(stream_.unsent(), queues_of(handle()).cbOutQue);
  }
  bool is_hardware() const override { return true; }
  std::string adapter() const override { return adapter_text(hardware_); }

  std::optional<SerialSettings> change(const SerialSettings& wanted) override;
  std::optional<std::uint32_t> set_speed(std::uint32_t baud) override;
  /// No other program can have changed them.
  std::optional<std::string> restore_settings(const SerialSettings&) override { return {}; }
  std::string rs485_in_words() const override { return rs485_in_words_; }
  std::string hardware_in_words() const override { return hardware_in_words_; }

  void set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) override;
  std::optional<ModemLines> modem_lines() const override;
  /// Whoever wants to know looks at them.
  void watch_pins(std::function<void()>) override {}
  void ignore_pins() override {}
  bool notices_pins() const override { return false; }
  void set_break(LineControls::Break wanted) override;
  /// Each kind at most once for each look at the driver, and only since the port was opened: Windows counts none.
  std::optional<LineErrors> errors() const override;
  void drop_unsent() override;
  bool has_no_line() const override { return false; }

 private:
  /// Of an open one.
  HANDLE handle() const { return stream_.stream().native_handle(); }
  std::expected<void, OpenError> set_up(HANDLE handle, const SerialSettings& settings);
  /// What the driver has of bytes; zero if it does not say.
  COMSTAT queues_of(HANDLE handle) const;
  void identify();

  asio::io_context& context_;
  std::string name_;
  HandleStream stream_;
  ComState saved_;
  std::uint32_t speed_ = 0;  ///< that the driver has chosen
  Pin dtr_ = Pin::high;      ///< as they were set
  Pin rts_ = Pin::high;
  Hardware hardware_;
  std::string hardware_in_words_;
  std::string rs485_in_words_;
  mutable LineErrors errors_;  ///< since it was opened
};

// ---- Opening ----

std::expected<SerialDevice::Opened, OpenError> ComPort::open(const SerialSettings& settings) {
  if (is_own_port(com_path(name_))) return std::unexpected(busy_error(name_));
  const auto handle = open_handle(com_path(name_));
  if (!handle) return std::unexpected(open_error(name_, handle.error()));
  if (auto done = set_up(*handle, settings); !done) {
    ::CloseHandle(*handle);
    return std::unexpected(std::move(done.error()));
  }
  note_own_port(com_path(name_));
  identify();
  return Opened{.speed = speed_};
}

std::expected<void, OpenError> ComPort::set_up(HANDLE handle, const SerialSettings& settings) {
  if (settings.rs485 && !can_switch_rs485(*settings.rs485)) {
    return std::unexpected(OpenError{
        .text =
            "Windows switches an RS-485 transceiver by RTS that is on while it sends, without delays: use "
            "--rs485=rts-on-send, or none if the adapter switches by itself, as most USB adapters do"});
  }
  const auto saved = com_state(handle);
  if (!saved) return std::unexpected(com_open_error(saved.error()));
  const auto chosen = set_com_state(handle, settings);
  if (!chosen) {
    restore_com_state(handle, *saved);
    return std::unexpected(com_open_error(chosen.error()));
  }
  saved_ = *saved;
  speed_ = chosen->baud;
  dtr_ = settings.dtr.value_or(Pin::high);
  rts_ = settings.rts.value_or(Pin::high);
  rs485_in_words_ = settings.rs485 ? "RS-485 " + rs485_text(*settings.rs485) : "";
  errors_ = {};
  ::PurgeComm(handle, PURGE_RXCLEAR);  // what arrived before was not meant for us
  // A read that waits for more than there is ends only in a pause of the bytes: so one waits for the first, and the next
  // fetches the others.
  const auto read_size = [this, handle] {
    return std::clamp<std::size_t>(queues_of(handle).cbInQue, 1, HandleStream::kReadSize);
  };
  if (const ErrorCode error =
          adopt_handle(context_, handle, stream_, {.loss_text = &port_lost_text, .read_size = read_size})) {
    restore_com_state(handle, saved_);
    return std::unexpected(OpenError{.text = error.message()});
  }
  return {};
}

/// Once it is open: a port that is tried again and again need not be looked up each time.
void ComPort::identify() {
  const auto ports = serial_ports();
  const auto own =
      std::ranges::find(ports, com_path(name_), [](const PortFound& port) { return com_path(port.path); });
  hardware_ = own != ports.end() ? own->parts : Hardware();
  hardware_in_words_ = own != ports.end() ? own->hardware : "";
}

void ComPort::close() {
  if (!is_open()) return;
  ::PurgeComm(handle(), PURGE_TXABORT | PURGE_TXCLEAR);
  restore_com_state(handle(), saved_);
  stream_.close();
  forget_own_port(com_path(name_));
}

COMSTAT ComPort::queues_of(HANDLE handle) const {
  DWORD errors = 0;
  COMSTAT queues{};
  if (::ClearCommError(handle, &errors, &queues) == 0) return COMSTAT{};
  if ((errors & (CE_OVERRUN | CE_RXOVER)) != 0) ++errors_.overruns;
  if ((errors & CE_RXPARITY) != 0) ++errors_.parity;
  if ((errors & CE_FRAME) != 0) ++errors_.framing;
  if ((errors & CE_BREAK) != 0) ++errors_.breaks;
  return queues;
}

// ---- Settings ----

std::optional<SerialSettings> ComPort::change(const SerialSettings& wanted) {
  const auto now = set_com_state(handle(), wanted);
  if (!now) return std::nullopt;
  speed_ = now->baud;
  return *now;
}

std::optional<std::uint32_t> ComPort::set_speed(std::uint32_t baud) {
  const auto chosen = set_com_speed(handle(), baud);
  if (!chosen) return std::nullopt;
  speed_ = *chosen;
  return *chosen;
}

// ---- Beside bytes ----

void ComPort::set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) {
  if (dtr) ::EscapeCommFunction(handle(), *dtr == Pin::high ? SETDTR : CLRDTR);
  if (rts) ::EscapeCommFunction(handle(), *rts == Pin::high ? SETRTS : CLRRTS);
  dtr_ = dtr.value_or(dtr_);
  rts_ = rts.value_or(rts_);
}

std::optional<ModemLines> ComPort::modem_lines() const {
  DWORD status = 0;
  if (::GetCommModemStatus(handle(), &status) == 0) return std::nullopt;
  const auto pin = [status](DWORD bit) { return (status & bit) != 0 ? Pin::high : Pin::low; };
  return ModemLines{.cts = pin(MS_CTS_ON),
                    .dsr = pin(MS_DSR_ON),
                    .ring = pin(MS_RING_ON),
                    .carrier = pin(MS_RLSD_ON),
                    .dtr = dtr_,
                    .rts = rts_};
}

void ComPort::set_break(LineControls::Break wanted) {
  if (wanted == LineControls::Break::on) {
    ::SetCommBreak(handle());
  } else {
    ::ClearCommBreak(handle());
  }
}

std::optional<LineErrors> ComPort::errors() const {
  queues_of(handle());
  return errors_;
}

void ComPort::drop_unsent() {
  stream_.drop_unsent([this] { ::PurgeComm(handle(), PURGE_TXABORT | PURGE_TXCLEAR); });
}

}  // namespace

OpenError com_open_error(ComError error) {
  using enum OpenError::Kind;
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
      return {missing, "no such port: is it plugged in?"};
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

std::unique_ptr<SerialDevice> make_serial_device(asio::io_context& context, const std::string& name,
                                                 Observer&, SerialDevice::Purpose) {
  return std::make_unique<ComPort>(context, name);
}

constinit const LineKind kSerialPortKind = {
    .prefix = "",
    .form = "COM port",
    .make = &SerialPort::make,
    .look = &look_at_port,
    .exclusive = [](const std::string& name) -> std::optional<std::string> { return com_path(name); },
    .advice = kCableAdvice,
};

}  // namespace serialtcp::io
