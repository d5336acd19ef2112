// The C library changes neither what is written nor, since the words come from the system, what the user has typed.
#include "cli/process_start.h"

#include <fcntl.h>
#include <io.h>
#include <shellapi.h>

#include <cstdio>

#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::cli {

void prepare_process() {
  ::SetConsoleOutputCP(CP_UTF8);
  for (std::FILE* const file : {stdin, stdout, stderr}) {
    if (const int fd = ::_fileno(file); fd >= 0) ::_setmode(fd, _O_BINARY);
  }
}

std::vector<std::string> own_arguments(int, char**) {
  int count = 0;
  wchar_t** const words = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  std::vector<std::string> arguments;
  for (int i = 0; words != nullptr && i < count; ++i) arguments.push_back(io::narrow_text(words[i]));
  ::LocalFree(words);
  return arguments;
}

/// No socket is passed, and the number of handles is not limited.
void prepare_to_run() {}

}  // namespace serialtcp::cli
