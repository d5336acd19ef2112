// What people write for a serial port, whichever system they know.
#pragma once

#include <string>
#include <string_view>

namespace serialtcp::io {

/// "COM3", "COM3:", "\\.\COM12".
bool is_windows_port_name(std::string_view name);

/// "ttyUSB0", without a folder.
bool is_unix_port_name(std::string_view name);

/// What serial port software elsewhere takes behind a comma: "9600", "9600,8n1", "b9600", "115200n8".
bool are_port_settings(std::string_view text);

/// Of such settings, the speed, and what to write for the rest: "9600 (see --parity and --stopbits)".
std::string port_settings_as_words(std::string_view settings);

}  // namespace serialtcp::io
