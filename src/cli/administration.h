// Administration: how others reach a running program beside its links: the control socket, the HTTP server, the
// configuration file that is read again, the stream of `serialtcp connect`, ports that are shared. An edition may do without (cli/edition.h).
#pragma once

#include <cstddef>
#include <memory>

#include "cli/config_file.h"
#include "cli/link_set.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/service_report.h"
#include "os/asio.h"

namespace serialtcp::cli {

class Administration {
 public:
  /// All of it outlives the administration.
  struct Site {
    io::asio::io_context& context;
    Log& log;
    LinkSet& links;
    ServiceReport& report;
    const RunOptions& options;
  };

  virtual ~Administration() = default;

  /// After the links have been started. And before they are ended in order.
  virtual void start() = 0;
  virtual void stop() = 0;
  /// To be called in each turn of the loop.
  virtual void look() = 0;
  /// The state of the program is logged (SIGUSR1).
  virtual void log_status() = 0;
  /// The configuration file is read again (SIGHUP). The log says how it went.
  virtual void read_again() = 0;
  /// Files that others may have renamed are opened again (SIGHUP without a configuration file). False if there are none.
  virtual bool reopen_logs() = 0;
  /// Look-ups that still block a thread in the C library.
  virtual std::size_t lookups_running() const = 0;
};

using MakeAdministration = std::unique_ptr<Administration> (*)(const Administration::Site& site,
                                                               const Configuration& config);

}  // namespace serialtcp::cli
