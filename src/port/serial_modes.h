// The terminal modes of a serial device: raw, at any baud rate that the driver takes. Works on descriptors; owns
// nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "port/serial_settings.h"

namespace serialtcp::io {

/// What a device was set to, to be put back.
struct SavedModes {
  alignas(std::uint64_t) std::array<std::byte, 64> termios = {};
  std::optional<int> driver_flags = {};  ///< of the driver's latency setting, when it was changed
};

/// Reads the modes. The error is an errno: ENOTTY for what is no terminal device.
std::expected<SavedModes, int> save_modes(int fd);

/// Sets raw mode with these settings. Returns the baud rate that the driver chose; the error is an errno.
std::expected<std::uint32_t, int> apply_modes(int fd, const SavedModes& before,
                                              const SerialSettings& settings);

/// Asks the driver to hand over each byte at once, where it can be asked; remembers in `saved` how it was.
void ask_for_low_latency(int fd, SavedModes& saved);

void restore_modes(int fd, const SavedModes& saved);

/// What somebody else has changed since the modes were `wanted`: "speed 9600 instead of 115200", "echo on".
std::vector<std::string> changed_modes(const SavedModes& wanted, const SavedModes& found);

/// Sets the modes, and nothing of the driver. Returns whether the device has them now.
bool set_modes(int fd, const SavedModes& wanted);

}  // namespace serialtcp::io
