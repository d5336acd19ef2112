// What a serial port is set to, in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "port/serial_settings.h"

namespace serialtcp::io {

/// Whether the difference is more than receivers tolerate.
bool is_another_speed(std::uint32_t chosen, std::uint32_t wanted);

/// That the driver has chosen one: a message.
std::string another_speed_warning(std::string_view name, std::uint32_t wanted, std::uint32_t chosen);

/// What software flow control does to the link: a message.
std::string xon_xoff_note(std::string_view name);

/// "115200 8N1, RTS/CTS".
std::string settings_text(std::uint32_t speed, const SerialSettings& settings);

}  // namespace serialtcp::io
