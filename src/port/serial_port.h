// SerialPort: a terminal device as a Line. While open, it holds the device exclusively, in raw mode; it
// restores its settings when closed. Also a device without such settings, as virtio ports are.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "os/observer.h"
#include "port/descriptor_line.h"
#include "port/line_kind.h"
#include "port/port_users.h"
#include "port/rs485.h"
#include "port/serial_modes.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

class SerialPort final : public DescriptorLine {
 public:
  /// `observer` is notified when the driver has chosen another speed. It must outlive the port.
  SerialPort(asio::io_context& context, std::string path, const SerialSettings& settings, Observer& observer);
  ~SerialPort() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  std::optional<std::string> restore_settings() override;
  std::string opened_as() const override;

 private:
  std::expected<void, OpenError> open_device();
  std::expected<void, OpenError> open_exclusively(dev_t device);
  std::expected<void, OpenError> set_up(int fd);
  std::expected<void, OpenError> set_up_bare(int fd);
  std::expected<void, OpenError> lock(int fd);
  OpenError busy_or_other(int error, dev_t device, int own);
  void check_speed(std::uint32_t chosen);
  void set_pins(int fd) const;
  std::vector<std::string> changed_pins() const;

  SerialSettings settings_;
  Observer& observer_;
  bool bare_ = false;          ///< it has no settings, as virtio ports
  bool useless_told_ = false;  ///< which settings have no effect on it
  std::uint32_t speed_ = 0;    ///< that the driver has chosen
  PortUsers users_;
  Rs485Switch rs485_;
  SavedModes saved_;
  SavedModes applied_;  ///< the settings of the device, as the driver reported them
};

/// The device's path.
extern const LineKind kSerialPortKind;

}  // namespace serialtcp::io
