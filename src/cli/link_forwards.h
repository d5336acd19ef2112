// The forwards of one link, and what the other end is allowed: -L, -R, --allow and --allow-listen.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "cli/link_options.h"
#include "io/asio.h"
#include "io/driver.h"
#include "io/observer.h"

namespace serialtcp::cli {

/// As set_up_services() (link_services.h) does: returns the TCP ports that are listened on here, in their
/// order, or a sentence.
std::expected<std::vector<std::uint16_t>, std::string> set_up_forwards(const LinkOptions& options,
                                                                       io::Driver& driver,
                                                                       io::asio::io_context& context,
                                                                       io::Observer& observer);

}  // namespace serialtcp::cli
