// A socket that any user could connect to is none for this.
#include "cli/control_options.h"

#include <utility>

#include "net/unix_socket.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kConflict =
    "--control and --no-control exclude each other: without both, there is a socket in the usual folder";

}  // namespace

std::optional<std::string> put_control_path(RunOptions& run, const std::string& text) {
  if (text.empty()) return "the path of a socket is expected, as in /run/serialtcp/rack.sock";
  if (io::is_abstract(text))
    return "a path is expected: any user could connect to a socket that is not a file";
  auto path = io::parse_unix_path(text);
  if (!path) return std::move(path.error());
  if (run.control.use == ControlChoice::Use::none) return std::string(kConflict);
  run.control = {ControlChoice::Use::at_path, std::move(*path)};
  return std::nullopt;
}

std::optional<std::string> put_no_control(RunOptions& run, const std::string&) {
  if (run.control.use == ControlChoice::Use::at_path) return std::string(kConflict);
  run.control.use = ControlChoice::Use::none;
  return std::nullopt;
}

}  // namespace serialtcp::cli
