// Standard error as a file description of this process alone.
#pragma once

namespace serialtcp::io {

/// Standard error again, non-blocking for us alone: the flag on the descriptor that we were given would hold for
/// everybody who shares it. For terminals and pipes; -1 for a file, which needs no flag and has an offset to keep,
/// and when it cannot be opened. The descriptor is the caller's.
int own_standard_error();

}  // namespace serialtcp::io
