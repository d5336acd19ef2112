// Where the log goes and how it looks, of what the command line and the configuration say. Not in config_file.h: a program
// without configuration files has a log, too.
#pragma once

#include <optional>
#include <string>

#include "cli/config_file.h"

namespace serialtcp::cli {

/// What the command line says goes before what the file says.
LogStyle log_style(const RunOptions& options, const Configuration& config);

/// The same. Empty: standard error; if that is also the line, there is no log, because it would be noise there.
std::optional<std::string> log_file(const RunOptions& options, const Configuration& config);

}  // namespace serialtcp::cli
