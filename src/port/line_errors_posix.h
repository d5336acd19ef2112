// The errors that a driver has counted, of an open device.
#pragma once

#include <optional>

#include "port/line_errors.h"

namespace serialtcp::io {

/// Empty if the driver does not count them.
std::optional<LineErrors> line_errors_of(int fd);

}  // namespace serialtcp::io
