// A process of Windows may have millions of handles: connections cannot take all of them.
#include "port/reserved_descriptor.h"

namespace serialtcp::io {

void ReservedDescriptor::hold() {}

void ReservedDescriptor::release() {
  held_ = -1;
}

}  // namespace serialtcp::io
