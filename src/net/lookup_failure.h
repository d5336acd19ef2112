// Why getaddrinfo() has found nothing.
#pragma once

#include "serialtcp/event.h"

namespace serialtcp::io {

/// `failure` is what it has returned just now.
ResetReason lookup_reason(int failure);

}  // namespace serialtcp::io
