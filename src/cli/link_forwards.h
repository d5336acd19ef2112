// What the other end of one link may request (--allow, --allow-listen, --allow-shell), and what it is requested to do (-R).
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
void set_up_forwards(const LinkOptions& options, const io::ProcessShares& shares,
                     const std::shared_ptr<getty::BoardConsole>& console, io::Connections& connections);

}  // namespace serialtcp::cli
