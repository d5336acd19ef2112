// The lines of --help that are made from a table of options.
#pragma once

#include <string>

#include "cli/option_table.h"

namespace serialtcp::cli {

/// Neighbours that have the same help share a line. Ends with a newline.
std::string option_lines(OptionTable table);

}  // namespace serialtcp::cli
