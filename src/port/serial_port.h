// SerialPort: a terminal device as a Line. While open, it holds the device exclusively, in raw mode; it
// restores its settings when closed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "os/observer.h"
#include "port/descriptor.h"
#include "port/line.h"
#include "port/serial_modes.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

class SerialPort final : public Line {
 public:
  /// `observer` is notified when the driver has chosen another speed. It must outlive the port.
  SerialPort(asio::io_context& context, std::string path, const SerialSettings& settings, Observer& observer);
  ~SerialPort() override;

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override { return descriptor_.write(bytes); }
  void when_readable(Ready ready) override { descriptor_.when_readable(std::move(ready)); }
  void when_writable(Ready ready) override { descriptor_.when_writable(std::move(ready)); }
  std::size_t unsent() const override;
  std::optional<std::string> restore_settings() override;
  const std::string& name() const override { return path_; }

 private:
  std::expected<void, OpenError> open_device();
  std::expected<void, OpenError> set_up(int fd);
  void check_speed(std::uint32_t chosen);
  void set_pins(int fd) const;
  std::vector<std::string> changed_pins() const;

  std::string path_;
  SerialSettings settings_;
  Observer& observer_;
  mutable Descriptor descriptor_;
  SavedModes saved_;
  SavedModes applied_;  ///< the settings of the device, as the driver reported them
};

}  // namespace serialtcp::io
