// Who may look into a process is decided by its access control list, which has this user and the administrators from the beginning;
// what Windows keeps of a process that has crashed, the user chooses (Windows Error Reporting). Nothing is changed.
#include "os/undumpable.h"

namespace serialtcp::io {

Undumpable::Undumpable() : before_(0) {}

Undumpable::~Undumpable() = default;

}  // namespace serialtcp::io
