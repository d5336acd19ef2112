// The services of one link: what its options offer to the other end. Where it listens is cli/link_listeners.
#pragma once

#include <memory>
#include <string>

#include "cli/options.h"
#include "driver/driver.h"
#include "net/process_shares.h"
#include "os/observer.h"

namespace serialtcp::getty {
class BoardConsole;
}

namespace serialtcp::cli {

/// Sets up all that the other end can reach, and reports it to the observer. Everything that is referred to
/// must outlive the driver. `console`: of this machine, or null.
void set_up_offers(const LinkOptions& options, const io::ProcessShares& shares,
                   const std::shared_ptr<getty::BoardConsole>& console, io::Driver& driver,
                   io::Observer& observer);

/// For the log: " of 'web'", or nothing.
std::string of_service(const io::ServiceTerms& terms);

}  // namespace serialtcp::cli
