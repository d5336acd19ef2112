// The command line goes before the file; what neither says depends on where the log goes.
#include "cli/log_choice.h"

#include <algorithm>

#include "os/files.h"
#include "port/line_factory.h"
#include "port/stdio_line.h"

namespace serialtcp::cli {

LogStyle log_style(const RunOptions& options, const Configuration& config) {
  LogStyle style = options.log_style;
  if (!style.format) style.format = config.log_style.format;
  if (style.verbosity == Verbosity::normal) style.verbosity = config.log_style.verbosity;
  return style;
}

std::optional<std::string> log_file(const RunOptions& options, const Configuration& config) {
  if (options.log_file) return options.log_file;
  if (config.log_file) return config.log_file;
  const bool is_line = std::ranges::any_of(
      config.links, [](const LinkOptions& link) { return io::is_standard_input_and_output(link.port); });
  if (is_line && io::standard_error_is_line()) return io::null_device();
  return std::nullopt;
}

}  // namespace serialtcp::cli
