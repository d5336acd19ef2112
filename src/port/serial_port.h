// SerialPort: a terminal device as a Line. Owns the device while open: exclusively, in raw mode, and puts its
// settings back when closed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/observer.h"
#include "port/descriptor_line.h"
#include "port/line_kind.h"
#include "port/serial_modes.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

class SerialPort final : public DescriptorLine {
 public:
  /// `observer` is told when the driver chose another speed. It outlives the port.
  SerialPort(asio::io_context& context, std::string path, const SerialSettings& settings, Observer& observer);
  ~SerialPort() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  std::optional<std::string> restore_settings() override;

 private:
  std::expected<void, OpenError> open_device();
  std::expected<void, OpenError> set_up(int fd);
  void check_speed(std::uint32_t chosen);
  void set_pins(int fd) const;
  std::vector<std::string> changed_pins() const;

  SerialSettings settings_;
  Observer& observer_;
  SavedModes saved_;
  SavedModes applied_;  ///< what the device was set to, as the driver told it
};

/// The device's path.
extern const LineKind kSerialPortKind;

}  // namespace serialtcp::io
