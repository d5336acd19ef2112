// Where the file of this program is.
#pragma once

#include <string>

namespace serialtcp::io {

/// Its path, with links followed; empty if the system does not say.
std::string own_program();

}  // namespace serialtcp::io
