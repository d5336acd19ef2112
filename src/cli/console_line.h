// The line that the user of a console means: a device, a connection, or a stream of a link of a running serialtcp.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "console/console_config.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"

namespace serialtcp::cli {

/// Not opened yet. Waits for the answer of a running process, if one has to be asked. The error is a sentence.
std::expected<std::unique_ptr<io::Line>, std::string> console_line(io::asio::io_context& context,
                                                                   const console::ConsoleConfig& config,
                                                                   std::string& name, io::Observer& observer);

/// What `place` is called as a line: HOST:PORT is socket://HOST:PORT, ttyUSB0 is /dev/ttyUSB0 if that is there.
std::string name_of_line(const std::string& place);

}  // namespace serialtcp::cli
