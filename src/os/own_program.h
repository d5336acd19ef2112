// The program file of this process, to be run once more: also when it was deleted or replaced since.
#pragma once

#include <string>

namespace serialtcp::io {

/// A descriptor of it above `above`, closed at exec; or a negative errno.
int open_own_program(int above);

/// Its path; empty if the system does not say.
std::string own_program_path();

/// Where a process finds a file that it has open.
std::string path_of_descriptor(int fd);

}  // namespace serialtcp::io
