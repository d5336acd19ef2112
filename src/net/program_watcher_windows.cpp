// Nothing runs here: see program_watcher.h.
#include "net/program_watcher.h"

namespace serialtcp::io {

ProgramWatcher::~ProgramWatcher() = default;

}  // namespace serialtcp::io
