// The lines of --help that are made from a table of options.
#pragma once

#include <string>
#include <string_view>

#include "cli/option_table.h"

namespace serialtcp::cli {

/// Neighbours that have the same help share a line. Ends with a newline.
std::string option_lines(OptionTable table);

/// "Try 'serialtcp share --help', or 'man serialtcp-share'." Without a command: of the program itself.
std::string where_to_read(std::string_view command);

/// The last line of a command's --help, if there is a manual page.
std::string more_in_manual(std::string_view command);

}  // namespace serialtcp::cli
