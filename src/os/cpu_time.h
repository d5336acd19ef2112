// How much processor time this thread has used: what its work costs, whatever else the machine does.
#pragma once

#include "serialtcp/time.h"

namespace serialtcp::io {

Duration thread_cpu_time();

}  // namespace serialtcp::io
