// WindowsSerialPort: a COM port as a Line. Windows gives it to one program at a time; it gets back its settings when closed.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "os/observer.h"
#include "port/com_state_windows.h"
#include "port/handle_line_windows.h"
#include "port/line_controls.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

class WindowsSerialPort final : public HandleLine, private LineControls {
 public:
  /// Bytes that a UART may still have when its driver has none.
  static constexpr std::uint64_t kFifo = 64;

  /// `observer` is notified when the driver has chosen another speed. It must outlive the port.
  WindowsSerialPort(asio::io_context& context, std::string name, const SerialSettings& settings,
                    Observer& observer);
  ~WindowsSerialPort() override;

  void open(Opened opened) override;
  void close() override;
  std::size_t unsent() const override;
  LineControls* controls() override { return is_open() ? this : nullptr; }
  std::uint32_t speed() const override { return is_open() ? speed_ : 0; }
  bool is_hardware() const override { return is_open(); }
  void set_speed(std::uint32_t baud, SpeedSet done) override;
  std::string opened_as() const override;

 private:
  void set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) override;
  Pin dtr() const override { return settings_.dtr.value_or(Pin::high); }
  Pin rts() const override { return settings_.rts.value_or(Pin::high); }
  std::optional<ModemLines> modem_lines() const override;
  void set_break(Break wanted) override;
  Duration last_bytes() const override;

  std::expected<void, OpenError> open_device();
  std::expected<void, OpenError> set_up(HANDLE handle);
  /// What the driver has of bytes; zero if it does not say.
  static COMSTAT queues_of(HANDLE handle);

  SerialSettings settings_;
  Observer& observer_;
  ComState saved_;
  std::uint32_t speed_ = 0;  ///< that the driver has chosen
};

/// Why a COM port could not be opened or set. The text completes "Could not open serial port X: ...".
OpenError com_open_error(ComError error);

}  // namespace serialtcp::io
