// From the options of a link to a line that is a console as well.
#pragma once

#include <memory>

#include "cli/link_options.h"
#include "driver/stream_service.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"

namespace serialtcp::getty {
class BoardConsole;
}
namespace serialtcp::io {
class ProgramWatcher;
}

namespace serialtcp::cli {

struct GettyAtThisEnd {
  std::unique_ptr<io::Line> line;
  std::shared_ptr<getty::BoardConsole> console;
  std::unique_ptr<io::StreamService> watch;  ///< tells the line of the link, which ends before it
};

/// All references outlive the line.
GettyAtThisEnd make_getty(io::asio::io_context& context, std::unique_ptr<io::Line> line,
                          const LinkOptions& options, std::shared_ptr<io::ProgramWatcher> watcher,
                          io::Observer& observer);

}  // namespace serialtcp::cli
