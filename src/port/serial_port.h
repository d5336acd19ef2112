// SerialPort: a serial device as a Line. While open, it holds the device exclusively, raw; its settings are restored when it is
// closed. Also a device without such settings, as virtio ports are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/line_controls.h"
#include "port/line_kind.h"
#include "port/serial_device.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

class SerialPort final : public Line, private LineControls {
 public:
  using Purpose = SerialDevice::Purpose;

  /// Bytes that a UART may still have when its driver has none.
  static constexpr std::uint64_t kFifo = 64;

  /// `observer` is notified when the driver has chosen another speed. It must outlive the port.
  SerialPort(asio::io_context& context, std::string path, const SerialSettings& settings, Observer& observer,
             Purpose purpose = Purpose::link);
  ~SerialPort() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override { return device_->write(bytes); }
  void when_readable(Ready ready) override { device_->when_readable(std::move(ready)); }
  void when_writable(Ready ready) override { device_->when_writable(std::move(ready)); }
  std::size_t unsent() const override { return is_available() ? device_->unsent() : 0; }
  std::optional<std::string> restore_settings() override;
  std::string opened_as() const override;
  std::uint32_t speed() const override { return has_settings() ? speed_ : 0; }
  bool is_hardware() const override { return has_settings() && device_->is_hardware(); }
  std::string adapter() const override;
  void set_speed(std::uint32_t baud, SpeedSet done) override;
  LineControls* controls() override { return is_available() ? this : nullptr; }
  const std::string& name() const override { return name_; }

  static Purpose purpose_of(const LineUse& use) {
    return use.by == LineUse::By::terminal ? Purpose::shared : Purpose::link;
  }
  /// LineKind::make.
  static std::expected<std::unique_ptr<Line>, std::string> make(const LineRequest& request);

  /// Whether it is open.
  bool is_available() const { return device_->is_open(); }

  // A port that is shared. While it is away, changes are remembered, and made when it is opened again.

  /// What is in force, as far as the device has it.
  const SerialSettings& settings() const { return settings_; }
  /// Changes them. What the driver refuses stays as it was, and is reported.
  void change(const SerialSettings& wanted);
  /// Both pins that are given change at the same time. A device without pins only remembers them.
  void set_pins(std::optional<Pin> dtr, std::optional<Pin> rts) override;
  Pin dtr() const override { return settings_.dtr.value_or(Pin::high); }
  Pin rts() const override { return settings_.rts.value_or(Pin::high); }
  /// Empty while it is away, and for a device without such lines.
  std::optional<ModemLines> modem_lines() const override;
  /// Calls `changed`, until it is closed or ignore_pins(), when pins that the device reads have changed, if notices_pins(),
  /// and when that changes (PinWatch::start). No effect while it is away, and for a device without such lines.
  void watch_pins(std::function<void()> changed);
  void ignore_pins() { device_->ignore_pins(); }
  bool notices_pins() const { return device_->notices_pins(); }
  /// Keeps the line in the state of a break, or ends it.
  using Break = LineControls::Break;
  void set_break(Break wanted) override;
  Duration last_bytes() const override;
  /// Whether the sender waits while nothing is read: with flow control, and where there is no line at all.
  bool holds_sender_back() const;
  /// Drops what was written and is not sent yet.
  void drop_unsent();
  /// Errors since the system was started; empty if the driver does not count them.
  std::optional<LineErrors> errors() const override;

 private:
  bool has_settings() const { return is_available() && !bare_; }
  void tell_how_it_is(const SerialDevice::Opened& opened);

  std::string name_;
  SerialSettings settings_;
  Observer& observer_;
  Purpose purpose_;
  bool bare_ = false;          ///< it has no settings, as virtio ports
  bool useless_told_ = false;  ///< which settings have no effect on it
  std::uint32_t speed_ = 0;    ///< that the driver has chosen
  std::unique_ptr<SerialDevice> device_;
};

/// The device's name, as the system has it.
extern const LineKind kSerialPortKind;

}  // namespace serialtcp::io
