// Linux, macOS and the BSDs have it; POSIX has not.
#include <cerrno>

#include "os/error_text.h"

namespace serialtcp::io {

const int kHostDown = EHOSTDOWN;

}  // namespace serialtcp::io
