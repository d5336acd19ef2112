// The terminal modes of a serial device: raw, at any baud rate that the driver supports. Works on descriptors; owns
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

/// The settings of a device, to be restored.
struct SavedModes {
  alignas(std::uint64_t) std::array<std::byte, 64> termios = {};
  std::optional<int> driver_flags = {};  ///< the driver's latency setting, if it was changed
};

/// Reads the modes. The error is an errno: ENOTTY for what is not a terminal device.
std::expected<SavedModes, int> save_modes(int fd);

/// Sets raw mode with these settings. Returns the baud rate that the driver has chosen; the error is an
/// errno.
std::expected<std::uint32_t, int> apply_modes(int fd, const SavedModes& before,
                                              const SerialSettings& settings);

/// Sets another speed and nothing else. If the driver's queue is empty, what its UART still has is sent first. Returns the
/// speed that the driver has chosen; the error is an errno.
std::expected<std::uint32_t, int> change_speed(int fd, std::uint32_t baud);

/// Makes the driver deliver each byte at once, if it supports this; stores its previous setting in `saved`.
void ask_for_low_latency(int fd, SavedModes& saved);

/// What is in force, as far as the device has it: of 1.5 stop bits, it says 2.
std::expected<SerialSettings, int> settings_in_force(int fd);

/// What the holder of a pty's slave has set, read from its master. The kernel removes the data bits and the parity bit
/// (PARENB) from the settings of a pty, but keeps the kind of parity: data bits are 8 here, and even parity is none. The
/// speed is 0 if it was set to that, which hangs up a line.
std::expected<SerialSettings, int> pty_settings(int master);

/// The holder of the slave finds these from now on. Only what pty_settings() can tell.
void show_pty_settings(int master, const SerialSettings& settings);

/// Has the kernel say, in packet mode, when the holder of the slave changes the settings (EXTPROC, ioctl_tty(2)). A program
/// that sets all local modes ends that. Returns whether it had to be set.
bool watch_pty_settings(int master);

/// When the device is closed, its pins stay as they are from now on (no HUPCL).
void keep_pins(SavedModes& modes);

void restore_modes(int fd, const SavedModes& saved);

/// What another program has changed, compared with `wanted`: "speed 9600 instead of 115200", "echo on".
std::vector<std::string> changed_modes(const SavedModes& wanted, const SavedModes& found);

/// Sets the modes, and nothing of the driver. Returns whether the device has them now.
bool set_modes(int fd, const SavedModes& wanted);

}  // namespace serialtcp::io
