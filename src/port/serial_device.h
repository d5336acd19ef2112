// SerialDevice: the device of a SerialPort, as an operating system has it. It sets what it is told, and says what it has then; what
// is wished, remembered and told to the user is the port's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/line_controls.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

class SerialDevice {
 public:
  /// A link has the port as it was configured. What clients share can be changed by them while it is open, and its pins
  /// change by their wish only, also when it is opened and closed.
  enum class Purpose : std::uint8_t { link, shared };

  struct Opened {
    std::optional<std::uint32_t> speed = {};  ///< that the driver has chosen; empty: it has no settings
    std::vector<std::string> warnings = {};   ///< sentences for the user, about others who use it
  };

  virtual ~SerialDevice() = default;

  /// Exclusively, raw, with these settings.
  virtual std::expected<Opened, OpenError> open(const SerialSettings& settings) = 0;
  /// Its settings are then what they were before, and what it has not sent is dropped.
  virtual void close() = 0;
  virtual bool is_open() const = 0;

  // ---- While it is open: as the functions of Line ----

  virtual LineResult read(MutableByteView into) = 0;
  virtual LineResult write(ByteView bytes) = 0;
  virtual void when_readable(Line::Ready ready) = 0;
  virtual void when_writable(Line::Ready ready) = 0;
  virtual std::size_t unsent() const = 0;
  virtual bool is_hardware() const = 0;
  /// Of an adapter, what it is recognised by; else empty.
  virtual std::string adapter() const = 0;

  // ---- While it is open: settings ----

  /// What is in force then, as far as the device has it; empty if it has refused them.
  virtual std::optional<SerialSettings> change(const SerialSettings& wanted) = 0;
  /// The speed that the driver has chosen; empty if it has refused this one.
  virtual std::optional<std::uint32_t> set_speed(std::uint32_t baud) = 0;
  /// Line::restore_settings(), to what it was set to by this object; `settings`: the flow control and the pins of it.
  virtual std::optional<std::string> restore_settings(const SerialSettings& settings) = 0;
  /// What it does for an RS-485 transceiver, in words; empty if nothing was wished.
  virtual std::string rs485_in_words() const = 0;
  /// What it is made of, in words; empty if nothing is known.
  virtual std::string hardware_in_words() const = 0;

  // ---- While it is open: beside bytes ----

  /// Both at the same time. No effect on a device without pins.
  virtual void set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) = 0;
  /// Empty for a device without such lines.
  virtual std::optional<ModemLines> modem_lines() const = 0;
  /// SerialPort::watch_pins() and its fellows.
  virtual void watch_pins(std::function<void()> changed) = 0;
  virtual void ignore_pins() = 0;
  virtual bool notices_pins() const = 0;
  virtual void set_break(LineControls::Break wanted) = 0;
  /// Empty if the driver does not count them.
  virtual std::optional<LineErrors> errors() const = 0;
  virtual void drop_unsent() = 0;
  /// Whether there is no line whose speed could be too high for the receiver: the sender waits in any case.
  virtual bool has_no_line() const = 0;
};

/// Opens nothing. The observer is notified of what the driver has chosen otherwise than it was told; it outlives the device.
std::unique_ptr<SerialDevice> make_serial_device(asio::io_context& context, const std::string& name,
                                                 Observer& observer, SerialDevice::Purpose purpose);

}  // namespace serialtcp::io
