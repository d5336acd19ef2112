// From the options of a link to a line that is a console as well.
#pragma once

#include <memory>

#include "cli/link_options.h"
#include "getty/board_console.h"
#include "getty/getty_line.h"
#include "net/program_watcher.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"

namespace serialtcp::cli {

struct GettyAtThisEnd {
  std::unique_ptr<getty::GettyLine> line;
  std::shared_ptr<getty::BoardConsole> console;
};

/// All references outlive the line.
GettyAtThisEnd make_getty(io::asio::io_context& context, std::unique_ptr<io::Line> line,
                          const LinkOptions& options, std::shared_ptr<io::ProgramWatcher> watcher,
                          io::Observer& observer);

}  // namespace serialtcp::cli
