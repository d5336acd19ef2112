// SerialPort: a terminal device as a Line. While open, it holds the device exclusively, in raw mode; it
// restores its settings when closed. Also a device without such settings, as virtio ports are.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "os/observer.h"
#include "port/descriptor_line.h"
#include "port/line_controls.h"
#include "port/line_errors.h"
#include "port/line_kind.h"
#include "port/modem_lines.h"
#include "port/pin_watch.h"
#include "port/port_users.h"
#include "port/rs485.h"
#include "port/serial_modes.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

class SerialPort final : public DescriptorLine, private LineControls {
 public:
  /// A link has the port as it was configured. What clients share can be changed by them while it is open, and its pins
  /// change by their wish only, also when it is opened and closed.
  enum class Purpose : std::uint8_t { link, shared };

  /// Bytes that a UART may still have when its driver has none.
  static constexpr std::uint64_t kFifo = 64;

  /// `observer` is notified when the driver has chosen another speed. It must outlive the port.
  SerialPort(asio::io_context& context, std::string path, const SerialSettings& settings, Observer& observer,
             Purpose purpose = Purpose::link);
  ~SerialPort() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  std::optional<std::string> restore_settings() override;
  std::string opened_as() const override;
  std::uint32_t speed() const override { return is_open() && !bare_ ? speed_ : 0; }
  bool is_hardware() const override;
  std::string adapter() const override;
  void set_speed(std::uint32_t baud, SpeedSet done) override;
  LineControls* controls() override { return is_open() ? this : nullptr; }

  static Purpose purpose_of(const LineUse& use) {
    return use.by == LineUse::By::terminal ? Purpose::shared : Purpose::link;
  }

  /// Whether it is open.
  bool is_available() const { return is_open(); }

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
  void ignore_pins() { pin_watch_.stop(); }
  bool notices_pins() const { return pin_watch_.notices(); }
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
  std::expected<SerialSettings, int> try_settings(const SerialSettings& wanted);
  std::expected<void, OpenError> open_device();
  std::expected<void, OpenError> open_exclusively(dev_t device);
  std::expected<void, OpenError> set_up(int fd);
  std::expected<void, OpenError> set_up_bare(int fd);
  std::expected<void, OpenError> lock(int fd);
  OpenError busy_or_other(int error, dev_t device, int own);
  void check_speed(std::uint32_t chosen);
  void set_pins(int fd) const;
  std::vector<std::string> changed_pins() const;

  std::optional<dev_t> device() const;

  SerialSettings settings_;
  Observer& observer_;
  Purpose purpose_;
  bool bare_ = false;          ///< it has no settings, as virtio ports
  bool useless_told_ = false;  ///< which settings have no effect on it
  std::uint32_t speed_ = 0;    ///< that the driver has chosen
  PortUsers users_;
  Rs485Switch rs485_;
  PinWatch pin_watch_;
  SavedModes saved_;
  SavedModes applied_;  ///< the settings of the device, as the driver reported them
};

/// The device's path.
extern const LineKind kSerialPortKind;

}  // namespace serialtcp::io
