// The settings of a COM port, as its driver has them. Works on handles; owns nothing.
#pragma once

#include <cstdint>
#include <expected>

#include "os/windows.h"
#include "port/serial_settings.h"

namespace serialtcp::io {

/// To be restored.
struct ComState {
  DCB settings{};
  COMMTIMEOUTS timeouts{};
};

/// An error of Windows.
using ComError = DWORD;

std::expected<ComState, ComError> com_state(HANDLE port);

/// Sets bytes as they are, with these settings, and reads that end after a pause of the bytes. Returns what the driver says it
/// has then. Pins that are not given are high.
std::expected<SerialSettings, ComError> set_com_state(HANDLE port, const SerialSettings& settings);

/// Whether Windows can do it: its drivers have RTS on while they send (RTS_CONTROL_TOGGLE), and no delays.
bool can_switch_rs485(const Rs485& wanted);

/// Sets another speed and nothing else. Returns the one that the driver says it has then.
std::expected<std::uint32_t, ComError> set_com_speed(HANDLE port, std::uint32_t baud);

void restore_com_state(HANDLE port, const ComState& saved);

}  // namespace serialtcp::io
