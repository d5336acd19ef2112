// serialtcp --check-config FILE: says what is wrong with a configuration file.
#pragma once

#include <string>

namespace serialtcp::cli {

/// Returns the exit status: kExitOk, or kExitUsage when there is a mistake, which standard error tells.
int check_config_command(const std::string& file);

}  // namespace serialtcp::cli
