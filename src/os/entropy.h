// Random bytes from the system, for a new Endpoint.
#pragma once

#include "serialtcp/endpoint.h"

namespace serialtcp::io {

Entropy fresh_entropy();

}  // namespace serialtcp::io
