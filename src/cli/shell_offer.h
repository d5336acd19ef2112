// What runs here for the other end: shells, if they are allowed, and the console of this machine.
#pragma once

#include <memory>

#include "cli/link_options.h"
#include "driver/connections.h"
#include "net/process_shares.h"

namespace serialtcp::getty {
class BoardConsole;
}

namespace serialtcp::cli {

/// Conditions as for set_up_offers() (link_services.h).
void offer_sessions(const LinkOptions& options, const io::ProcessShares& shares,
                    const std::shared_ptr<getty::BoardConsole>& console, io::Connections& connections);

}  // namespace serialtcp::cli
