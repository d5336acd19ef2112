// EAI_SYSTEM has its reason in errno: getaddrinfo(3).
#include "net/lookup_failure.h"

#include <netdb.h>

#include <cerrno>

#include "os/error_text.h"

namespace serialtcp::io {

ResetReason lookup_reason(int failure) {
  const bool short_of = failure == EAI_MEMORY || (failure == EAI_SYSTEM && shortage(errno) != Shortage::none);
  return short_of ? ResetReason::no_resources : ResetReason::name_not_found;
}

}  // namespace serialtcp::io
