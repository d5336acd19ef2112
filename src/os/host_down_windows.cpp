// There is no errno for it: error_number() leaves it as it is.
#include "os/error_text.h"
#include "os/windows.h"

namespace serialtcp::io {

const int kHostDown = WSAEHOSTDOWN;

}  // namespace serialtcp::io
