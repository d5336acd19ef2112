// Standard output and error of Windows: UTF-8 for files and pipes, what the console takes for a console.
#pragma once

#include "os/windows.h"

#include <string_view>

#include "os/terminal.h"

namespace serialtcp::io {

HANDLE standard_handle(StandardStream stream);

/// Whether it is a console; then it interprets escape sequences from now on.
bool is_console(HANDLE handle);

/// May wait for a reader. False if not all of it was taken; GetLastError() says why.
bool write_all(HANDLE handle, std::string_view text);

}  // namespace serialtcp::io
