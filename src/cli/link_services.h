// The services of one link: what its options name is offered and listened for. The place for further kinds of
// them.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "cli/options.h"
#include "io/asio.h"
#include "io/driver.h"
#include "io/observer.h"

namespace serialtcp::cli {

/// Sets up all services of `options` in `driver`, and tells the observer where they are. Returns the TCP
/// and UDP ports that are listened on, in their order; the error is a whole sentence, and what was set up
/// before it stays. Everything that is referred to outlives the driver.
std::expected<std::vector<std::uint16_t>, std::string> set_up_services(const LinkOptions& options,
                                                                       const io::ProcessShares& shares,
                                                                       io::Driver& driver,
                                                                       io::asio::io_context& context,
                                                                       io::Observer& observer);

}  // namespace serialtcp::cli
