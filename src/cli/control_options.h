// --control and --no-control, for the option table.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/options.h"

namespace serialtcp::cli {

/// Of both, which share a line of --help.
inline constexpr std::string_view kControlHelp = "the socket for serialtcp status: PATH, or none";

std::optional<std::string> put_control_path(RunOptions& run, const std::string& text);
std::optional<std::string> put_no_control(RunOptions& run, const std::string& text);

}  // namespace serialtcp::cli
