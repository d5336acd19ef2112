// The rows of the option table, in groups: an edition of the program has some of them (cli/edition.h).
#pragma once

#include <span>

#include "cli/option_table.h"

namespace serialtcp::cli::rows {

std::span<const Option> services();     ///< the device, -s, -c, -L, -R
std::span<const Option> proxy();        ///< -D
std::span<const Option> permissions();  ///< what the other end may request, and which addresses are used
std::span<const Option> line();         ///< the serial port and the link
std::span<const Option> config_file();
std::span<const Option> log();
std::span<const Option> install();  ///< what is missing at the other end
std::span<const Option> getty();    ///< what `serialtcp getty` gives
std::span<const Option> control();  ///< the control socket and the HTTP server
std::span<const Option> connect();  ///< what only `serialtcp connect` gives
std::span<const Option> answers();  ///< --help, --version

}  // namespace serialtcp::cli::rows
