// What is said about errors of COM ports.
#pragma once

#include <string>

#include "port/com_state_windows.h"
#include "port/line.h"

namespace serialtcp::io {

/// Why a COM port could not be opened or set. The text completes "Could not open serial port X: ...".
OpenError com_open_error(ComError error);

}  // namespace serialtcp::io
