// A program that has one thing of a kind of table and no link, as `serialtcp share` and `serialtcp net` have.
#pragma once

#include <memory>

#include "cli/log_style.h"
#include "cli/table_kind.h"

namespace serialtcp::cli {

/// It has to start. With signals, the control socket and a service manager as any other program. Returns the exit status.
int run_table(const TableKind& kind, std::shared_ptr<TableOptions> options, Verbosity verbosity);

}  // namespace serialtcp::cli
