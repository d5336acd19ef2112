// The end of the program, as the service manager wants it.
#pragma once

namespace serialtcp::cli {

/// As Ctrl-C, from any thread. `name` lives for ever.
void raise_end(const char* name);

}  // namespace serialtcp::cli
