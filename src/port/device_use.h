// What the system knows about a device file: its kind, and whether this process has it open.
#pragma once

#include <sys/types.h>

namespace serialtcp::io {

/// Whether it is the slave of a pseudo-terminal.
bool is_pty(dev_t device);

/// Whether this process has the device open by a descriptor other than `own` (-1: any): then it is useless to
/// wait for another program to close it.
bool opened_here(dev_t device, int own);

}  // namespace serialtcp::io
