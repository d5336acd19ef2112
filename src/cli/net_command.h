// `serialtcp net`: a network for the device at a serial line.
#pragma once

#include <span>

namespace serialtcp::cli {

int net_command(std::span<const char* const> arguments);

}  // namespace serialtcp::cli
