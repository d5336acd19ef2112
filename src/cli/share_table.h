// [[share]]: a serial port that clients share, as serialtcp share.
#pragma once

#include <memory>
#include <vector>

#include "cli/share_options.h"
#include "cli/table_kind.h"

namespace serialtcp::cli {

const TableKind& share_tables();

/// The parts that stand in files of their own.
std::vector<StartProblem> share_start_problems(const ShareOptions& options, const StartSite& site);
std::unique_ptr<TableSet> make_share_set(io::asio::io_context& context, Log& log);

}  // namespace serialtcp::cli
