// From the options of a link to a line that installs what is missing at the other end.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "cli/link_options.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"

namespace serialtcp::cli {

/// Edition::install.
std::expected<std::unique_ptr<io::Line>, std::string> install_at_other_end(io::asio::io_context& context,
                                                                           std::unique_ptr<io::Line> line,
                                                                           const LinkOptions& options,
                                                                           io::Observer& observer);

/// What the program there is started with, without its name.
std::string arguments_there(const LinkOptions& options);

}  // namespace serialtcp::cli
