// A socket that any user could connect to is none for this.
#include "cli/control_options.h"

#include <utility>

#include "control/place.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kConflict =
    "--control and --no-control exclude each other: without both, there is a socket in the usual folder";

}  // namespace

std::optional<std::string> put_control_path(RunOptions& run, const std::string& text) {
  auto path = control::parse_place(text);
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
