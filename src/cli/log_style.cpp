#include "cli/log_style.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "os/environment.h"

namespace serialtcp::cli {

bool journal_reads_standard_error() {
  struct stat info {};
  const std::string stream = io::environment_text("JOURNAL_STREAM");
  if (stream.empty() || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return stream == fmt::format("{}:{}", info.st_dev, info.st_ino);
}

Colours colours_for(int fd) {
  const std::string terminal = io::environment_text("TERM");
  const bool dumb = terminal.empty() || terminal == "dumb";
  if (dumb || !io::environment_text("NO_COLOR").empty() || ::isatty(fd) == 0) return Colours::no;
  return Colours::yes;
}

}  // namespace serialtcp::cli
