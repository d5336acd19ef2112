// What a driver does for an RS-485 transceiver, set at an open device and restored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "os/observer.h"
#include "port/line.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

/// The driver's own form, to be restored.
struct SavedRs485 {
  alignas(std::uint64_t) std::array<std::byte, 64> bytes = {};
};

/// The error is an errno: ENOTTY of a driver that has nothing of this.
std::expected<SavedRs485, int> save_rs485(int fd);
/// Returns what the driver has chosen.
std::expected<Rs485, int> apply_rs485(int fd, const Rs485& wanted);
void restore_rs485(int fd, const SavedRs485& saved);
/// What the driver does now; empty if that is nothing.
std::optional<Rs485> current_rs485(int fd);

/// For one serial port: set while it is open, and restored.
class Rs485Switch {
 public:
  /// Nothing is done without a wish. The observer is notified when the driver has chosen something else.
  std::expected<void, OpenError> set(int fd, const std::string& name, const std::optional<Rs485>& wanted,
                                     Observer& observer);
  /// Another program may have changed it. Sets it again, and returns what was found: "RS-485 off".
  std::optional<std::string> set_again(int fd);
  void restore(int fd);
  /// What the driver does, for a line about the port; empty if nothing was wished.
  std::string text() const;

 private:
  std::optional<SavedRs485> before_;
  std::optional<Rs485> chosen_;
};

}  // namespace serialtcp::io
