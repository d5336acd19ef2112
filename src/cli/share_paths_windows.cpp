// There are none, which is said as the option is read.
#include "cli/share_paths.h"

namespace serialtcp::cli {

std::expected<std::string, std::string> parse_share_path(share::Place::Kind kind, const std::string&) {
  if (kind == share::Place::Kind::pty)
    return std::unexpected("Windows has no ptys: give clients a TCP port, by --raw or --rfc2217");
  return std::unexpected("there are no unix sockets here: give clients a TCP port, by --raw");
}

std::optional<std::string> problem_of_share_path(share::Place::Kind, const std::string&) {
  return std::nullopt;
}

}  // namespace serialtcp::cli
