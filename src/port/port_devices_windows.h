// The serial ports that Windows' device manager shows, and what it knows of them.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "os/windows.h"

namespace serialtcp::io {

struct PortDevice {
  std::string name;      ///< "COM3"
  std::string instance;  ///< "USB\VID_10C4&PID_EA60\0001"
  std::string parent;    ///< the same of what it is a part of
  std::string service;   ///< its driver: "FTSER2K"
  std::string maker;
  std::string friendly;             ///< "USB Serial Port"
  std::optional<unsigned> latency;  ///< of an adapter of FTDI, its timer in milliseconds
};

/// Those that are there, at most `most`.
std::vector<PortDevice> port_devices(std::size_t most);

/// What the driver of FTDI reads when the adapter is plugged in. The error is Windows'.
std::expected<void, DWORD> set_latency_of_port(const std::string& name, unsigned milliseconds);

}  // namespace serialtcp::io
