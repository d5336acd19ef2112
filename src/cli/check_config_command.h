// serialtcp --check-config FILE: reports every mistake in a configuration file.
#pragma once

#include <string>

namespace serialtcp::cli {

/// Returns the exit status: kExitOk, or kExitUsage after printing the mistakes to standard error.
int check_config_command(const std::string& file);

}  // namespace serialtcp::cli
