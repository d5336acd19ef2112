// What the other end of one link may ask for, and is asked for: --allow, --allow-listen and -R.
#pragma once

#include "cli/link_options.h"
#include "driver/connections.h"

namespace serialtcp::cli {

/// As set_up_offers() (link_services.h) does.
void set_up_forwards(const LinkOptions& options, io::Connections& connections);

}  // namespace serialtcp::cli
