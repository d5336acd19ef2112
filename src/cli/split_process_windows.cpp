// A process of Windows cannot be split, so a line of its own is that of another process.
#include <fmt/format.h>

#include "cli/running_processes.h"
#include "cli/split_process.h"

namespace serialtcp::cli {

int run_own_line(const OwnLine& line, std::span<const char* const>,
                 const std::function<int(io::NativeHandle stream)>&) {
  print_problem(
      line.command,
      fmt::format("on Windows it has no line of its own: start serialtcp with that line, and leave the "
                  "line away here: serialtcp {} finds the one that runs",
                  line.command));
  return line.failed;
}

}  // namespace serialtcp::cli
