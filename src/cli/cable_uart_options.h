// The settings of an emulated cable that concern its UARTs, their drivers and single wires: see cable_options.
#pragma once

#include "cli/cable_options.h"

namespace serialtcp::cli {

CableResult set_clock_a(const CableChange& to);
CableResult set_clock_b(const CableChange& to);
CableResult set_speeds_a(const CableChange& to);
CableResult set_speeds_b(const CableChange& to);
CableResult set_limits(const CableChange& to);
CableResult set_fifo(const CableChange& to);
CableResult set_output_a(const CableChange& to);
CableResult set_output_b(const CableChange& to);
CableResult set_ground(const CableChange& to);
CableResult set_flow_wires(const CableChange& to);

}  // namespace serialtcp::cli
