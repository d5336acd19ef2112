// A descriptor of /dev/null.
#include <fcntl.h>
#include <unistd.h>

#include "port/reserved_descriptor.h"

namespace serialtcp::io {

void ReservedDescriptor::hold() {
  if (held_ < 0) held_ = ::open("/dev/null", O_RDWR | O_CLOEXEC);
}

void ReservedDescriptor::release() {
  if (held_ >= 0) ::close(held_);
  held_ = -1;
}

}  // namespace serialtcp::io
