// What the last call of Windows did wrong.
#pragma once

#include <string>
#include <system_error>

namespace serialtcp::io {

/// As GetLastError() has it: of the system's category.
std::error_code last_error();

/// The errno that says the same as an error of the system; EIO if there is none.
int errno_of(unsigned long error);
/// The same of GetLastError().
int last_errno();

}  // namespace serialtcp::io
