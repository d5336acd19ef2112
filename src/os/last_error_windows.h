// What the last call of Windows did wrong.
#pragma once

#include <string>
#include <system_error>

namespace serialtcp::io {

/// As GetLastError() has it: of the system's category.
std::error_code last_error();

/// The errno that says the same; EIO if there is none.
int last_errno();

}  // namespace serialtcp::io
