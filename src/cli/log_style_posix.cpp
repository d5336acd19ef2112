// The journal names its file by device and inode.
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

}  // namespace serialtcp::cli
