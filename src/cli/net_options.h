// The options of `serialtcp net`: one row for each, in the form of cli/option_table. Opens nothing.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <variant>

#include "cli/log_style.h"
#include "cli/option_table.h"
#include "cli/options.h"
#include "cli/table_options.h"
#include "gateway/gateway_config.h"

namespace serialtcp::cli {

struct NetOptions : TableOptions {
  gateway::GatewayConfig net = {};
  Verbosity verbosity = Verbosity::normal;

  bool operator==(const NetOptions&) const = default;
};

/// In the order of --help.
OptionTable net_option_table();

/// Of the library that networks are made by; empty if there is none.
std::string network_library_version();

std::expected<NetOptions, Mistakes> judge_net(const Given& given);

using ParsedNet = std::expected<NetOptions, std::variant<Answer, UsageError>>;

/// `arguments` are those after the command.
ParsedNet parse_net_options(std::span<const char* const> arguments);

}  // namespace serialtcp::cli
