// Connections made at this end that the other end connects to an address there (-L).
#pragma once

#include <memory>

#include "driver/connections.h"
#include "net/front_end.h"
#include "wire/address.h"

namespace serialtcp::io {

/// Makes the other end connect each connection that the front end hands over to `to`.
void forward(Connections& connections, const wire::Address& to, std::unique_ptr<FrontEnd> front_end);

}  // namespace serialtcp::io
