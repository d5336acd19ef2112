// --http, for the option table.
#pragma once

#include <optional>
#include <string>

#include "cli/options.h"

namespace serialtcp::cli {

std::optional<std::string> put_http(RunOptions& run, const std::string& text);

}  // namespace serialtcp::cli
