// getaddrinfo() of Windows returns errors of sockets.
#include "net/lookup_failure.h"

namespace serialtcp::io {

ResetReason lookup_reason(int failure) {
  return failure == EAI_MEMORY ? ResetReason::no_resources : ResetReason::name_not_found;
}

}  // namespace serialtcp::io
