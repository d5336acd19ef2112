// Random bytes from the system, for the one thing that needs them: a fresh Endpoint.
#pragma once

#include "serialtcp/endpoint.h"

namespace serialtcp::io {

Entropy fresh_entropy();

}  // namespace serialtcp::io
