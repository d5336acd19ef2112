// Places of `serialtcp share` that are paths: unix sockets and ptys.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "share/share_config.h"

namespace serialtcp::cli {

/// The error completes "argument X: ...".
std::expected<std::string, std::string> parse_share_path(share::Place::Kind kind, const std::string& text);

/// Why nothing could be made there, a sentence. Changes nothing.
std::optional<std::string> problem_of_share_path(share::Place::Kind kind, const std::string& path);

}  // namespace serialtcp::cli
