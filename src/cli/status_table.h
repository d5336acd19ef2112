// The status of a process as text for people.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "control/status.h"

namespace serialtcp::cli {

inline constexpr std::size_t kTableWidth = 80;

/// Columns of the terminal that standard output is, at least kTableWidth; else this.
std::size_t terminal_width();

/// Lines of up to `width` characters.
std::string status_table(const control::ProcessStatus& status, std::size_t width);

/// The same of a shared port.
std::vector<std::string> share_lines(const control::ShareStatus& share);

/// And of a network for a device.
std::vector<std::string> net_lines(const control::NetStatus& net);

/// One link without its connections, in a few lines without ends, for the log.
std::vector<std::string> link_lines(const control::LinkStatus& link);

}  // namespace serialtcp::cli
