#include "cli/http_options.h"

#include <utility>

#include "net/target_text.h"

namespace serialtcp::cli {

std::optional<std::string> put_http(RunOptions& run, const std::string& text) {
  auto at = io::parse_bind_address(text, io::Family::any);
  if (!at) return std::move(at.error());
  run.http = std::move(*at);
  return std::nullopt;
}

}  // namespace serialtcp::cli
