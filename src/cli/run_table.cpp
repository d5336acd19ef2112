#include "cli/run_table.h"

#include <optional>
#include <utility>

#include "cli/log.h"
#include "cli/options.h"
#include "cli/program.h"
#include "cli/run.h"
#include "cli/standard_error.h"

namespace serialtcp::cli {

int run_table(const TableKind& kind, std::shared_ptr<TableOptions> options, Verbosity verbosity) {
  RunOptions run;
  run.log_style.verbosity = verbosity;
  if (options->name.empty()) options->name = kind.device(*options);
  auto log = Log::open(std::nullopt, run.log_style);
  if (!log) {
    print_error(log.error());
    return kExitCannotOpen;
  }
  const Configuration config{.tables = {{.placed = {.kind = &kind}, .options = std::move(options)}}};
  return Program(run, config, *log).run().status;
}

}  // namespace serialtcp::cli
