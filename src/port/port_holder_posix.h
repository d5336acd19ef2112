// Whether a process that has locked a device is still there.
#pragma once

#include <cstdint>

#include "port/port_holder.h"

namespace serialtcp::io {

/// Whether it runs: one that has ended and that its parent has not asked after does not.
bool is_running(std::int64_t process);

}  // namespace serialtcp::io
