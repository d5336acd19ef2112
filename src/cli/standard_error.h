// What has to be said on standard error, whatever the log is.
#pragma once

#include <string_view>

namespace serialtcp::cli {

/// One line. Waits only shortly: closed or stuck, there is nobody to tell.
void print_error(std::string_view text);

}  // namespace serialtcp::cli
