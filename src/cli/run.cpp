// Prepares a running program: the configuration, the log, the limits of the process.
#include "cli/run.h"

#include <utility>

#include "cli/edition.h"
#include "cli/log.h"
#include "cli/log_choice.h"
#include "cli/process_start.h"
#include "cli/program.h"
#include "cli/standard_error.h"

namespace serialtcp::cli {

RunResult run(const RunOptions& options) {
  prepare_to_run();
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
  Program program(options, config, *log);
  return program.run();
}

}  // namespace serialtcp::cli
