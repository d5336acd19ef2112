// The stream of a process that was split (cli/split_process): another one moves bytes between its socket and standard input and output
// (cli/stdio_relay).
#pragma once

#include <memory>

#include "cli/link_set.h"
#include "cli/options.h"
#include "cli/own_stream.h"
#include "os/asio.h"

namespace serialtcp::cli {

/// Owns the socket, and reaps the process. The rest outlives it.
std::unique_ptr<OwnStream> make_own_stream(io::asio::io_context& context, LinkSet& links,
                                           const RunOptions::Joint& joint);

}  // namespace serialtcp::cli
