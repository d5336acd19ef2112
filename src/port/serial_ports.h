// The serial ports of this machine, and which one somebody may have meant.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "port/device_hardware.h"

namespace serialtcp::io {

struct PortFound {
  std::string path;      ///< "/dev/ttyUSB0"
  std::string hardware;  ///< as hardware_text(), or how the system calls it; may be empty
  std::string by_id;     ///< a name that stays the same when it is plugged in elsewhere; empty if it has none
  Hardware parts = {};
};

/// More are not listed.
inline constexpr std::size_t kMostPortsFound = 32;

/// Those with hardware behind them: no ptys, no consoles, no addresses of UARTs that are not there. `root`: of the file
/// system, where that tells of devices, for tests.
std::vector<PortFound> serial_ports(const std::string& root = "");

/// "/dev/ttyS0, /dev/ttyUSB0 (ftdi_sio, 0403:6001)"; "none" if there is none.
std::string ports_in_a_line(const std::vector<PortFound>& ports);
/// A line for each, with two blanks in front.
std::string ports_in_lines(const std::vector<PortFound>& ports);

/// For a device that is not there: "; the serial ports here are ...". Empty for one that is, and for other lines.
std::string other_ports(const std::string& name);

/// Why `name` is no name of a port, and what may have been meant: a sentence. Empty for what may be one, also if nothing
/// has this name yet.
std::optional<std::string> misspelt_port(const std::string& name);

}  // namespace serialtcp::io
