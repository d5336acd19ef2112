// NetSet: the networks for devices of a configuration, beside its links.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/net_options.h"
#include "cli/reporter.h"
#include "cli/started_set.h"
#include "control/status.h"
#include "gateway/gateway.h"

namespace serialtcp::cli {

struct NetKind {
  using Options = NetOptions;
  using Thing = gateway::Gateway;
  using Reporter = serialtcp::cli::Reporter;
  static constexpr std::string_view kWord = "network";

  static const std::string& device(const Options& options) { return options.net.device; }
  static LinkOptions options_for_log(const Options& options) {
    LinkOptions for_log;
    for_log.port = options.net.device;
    for_log.serial = options.net.serial;
    return for_log;
  }
  static std::unique_ptr<Thing> make(io::asio::io_context& context, const Options& options,
                                     Reporter& reporter) {
    return std::make_unique<Thing>(context, options.net, reporter);
  }
};

class NetSet : public StartedSet<NetKind> {
 public:
  using StartedSet::StartedSet;

  /// Of all, or of those that a user may mean.
  std::vector<control::NetStatus> status(const std::string& name) const;
  std::size_t lookups_running() const;
};

}  // namespace serialtcp::cli
