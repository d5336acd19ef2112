// The options of `serialtcp share`: one row for each, in the form of cli/option_table. Opens nothing.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <variant>

#include "cli/log_style.h"
#include "cli/option_table.h"
#include "cli/options.h"
#include "cli/table_options.h"
#include "share/share_config.h"

namespace serialtcp::cli {

struct ShareOptions : TableOptions {
  share::ShareConfig share = {};
  Verbosity verbosity = Verbosity::normal;

  bool operator==(const ShareOptions&) const = default;
};

/// In the order of --help.
OptionTable share_option_table();

/// By which name the program was called.
enum class SharedAs : std::uint8_t {
  share,     ///< serialtcp share
  redirect,  ///< tcp_serial_redirect.py, the example of pyserial, whose defaults are others
};

std::expected<ShareOptions, Mistakes> judge_share(const Given& given, SharedAs called = SharedAs::share);

using ParsedShare = std::expected<ShareOptions, std::variant<Answer, UsageError>>;

/// `arguments` are those after the command.
ParsedShare parse_share_options(std::span<const char* const> arguments, SharedAs called);

}  // namespace serialtcp::cli
