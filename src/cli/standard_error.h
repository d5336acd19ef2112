// Messages for standard error, wherever the log is written.
#pragma once

#include <string_view>

namespace serialtcp::cli {

/// Writes one line. Waits only briefly; the line is dropped if standard error is closed or stuck.
void print_error(std::string_view text);

}  // namespace serialtcp::cli
