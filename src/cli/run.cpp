// Prepares a running program: the configuration, the log, the limits of the process.
#include "cli/run.h"

#include <sys/resource.h>

#include <utility>

#include "cli/edition.h"
#include "cli/log.h"
#include "cli/log_choice.h"
#include "cli/program.h"
#include "cli/standard_error.h"
#include "net/passed_sockets.h"

namespace serialtcp::cli {

namespace {

/// Each connection takes a descriptor.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

RunResult run(const RunOptions& options) {
  io::PassedSockets::of_this_process();  // before files are opened
  Configuration config{.links = {options.link}};
  if (options.config_file) {
    auto read = edition().config_files->read(*options.config_file);
    if (!read) {
      print_error(read.error());
      return {kExitUsage};
    }
    config = std::move(*read);
  }
  auto log = Log::open(log_file(options, config), log_style(options, config));
  if (!log) {
    print_error(log.error());
    return {kExitCannotOpen};
  }
  raise_descriptor_limit();
  Program program(options, config, *log);
  return program.run();
}

}  // namespace serialtcp::cli
