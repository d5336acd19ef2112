// PR_SET_DUMPABLE: prctl(2).
#include "os/undumpable.h"

#include <sys/prctl.h>

namespace serialtcp::io {

Undumpable::Undumpable() : before_(::prctl(PR_GET_DUMPABLE)) {
  ::prctl(PR_SET_DUMPABLE, 0);
}

Undumpable::~Undumpable() {
  ::prctl(PR_SET_DUMPABLE, before_);
}

}  // namespace serialtcp::io
