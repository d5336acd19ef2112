// [[net]]: a network for a device, as serialtcp net.
#pragma once

#include <memory>
#include <vector>

#include "cli/net_options.h"
#include "cli/table_kind.h"

namespace serialtcp::cli {

inline constexpr TableWords kNetWords{.name = "net",
                                      .noun = "network",
                                      .unknown = "of a network",
                                      .each = "device that gets a network",
                                      .expected = "device that gets a network"};

const TableKind& net_tables();

/// The parts that stand in files of their own.
std::vector<StartProblem> net_start_problems(const NetOptions& options, const StartSite& site);
std::unique_ptr<TableSet> make_net_set(io::asio::io_context& context, Log& log);

}  // namespace serialtcp::cli
