// NetSet: the networks for devices of a configuration, beside its links, as StartedSet has them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/log.h"
#include "cli/net_options.h"
#include "cli/started_set.h"
#include "control/status.h"

namespace serialtcp::cli {

class NetSet {
 public:
  /// Both outlive the set.
  NetSet(io::asio::io_context& context, Log& log);
  ~NetSet();
  NetSet(const NetSet&) = delete;
  NetSet& operator=(const NetSet&) = delete;

  std::size_t keep(const std::vector<NetOptions>& wanted);
  std::optional<std::string> start_wanted(OnStartFailure on_failure = OnStartFailure::retry);
  void when_ended(std::function<void(const std::string& why)> ended);
  void stop();
  void set_labels(bool labels);

  /// Of all, or of those that a user may mean.
  std::vector<control::NetStatus> status(const std::string& name) const;
  std::size_t lookups_running() const;

 private:
  class Networks;  ///< what there is of them
  std::unique_ptr<Networks> networks_;
};

}  // namespace serialtcp::cli
