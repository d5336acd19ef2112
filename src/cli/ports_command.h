// serialtcp ports: the serial ports of this machine, and who uses them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "port/port_holder.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

struct PortShown {
  io::PortFound port;
  std::vector<io::Holder> holders;  ///< programs that have it open or have locked it
};

/// A paragraph for each.
std::string ports_text(const std::vector<PortShown>& ports);
/// One line of JSON.
std::string ports_json(const std::vector<PortShown>& ports);

/// `args` begin with "ports". Returns the exit status.
int ports_command(std::span<const char* const> args);

}  // namespace serialtcp::cli
