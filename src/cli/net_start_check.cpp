// What a network for a device needs.
#include <fmt/format.h>

#include <utility>

#include "cli/net_table.h"
#include "cli/start_checker.h"
#include "gateway/login_file.h"
#include "gateway/tun_network.h"
#include "nat/network.h"
#include "port/tun_device.h"
#include "service/service_kinds.h"

namespace serialtcp::cli {

namespace {

class NetCheck : StartChecker {
 public:
  NetCheck(const gateway::GatewayConfig& config, const StartSite& site)
      : StartChecker(site), config_(config) {}

  std::vector<StartProblem> problems() && {
    if (auto missing = nat::Network::missing(); !missing.empty() && config_.tun.empty())
      add(Weight::mistake, "", std::move(missing));
    if (!config_.tun.empty()) check_interface();
    check_device(config_.device, IfMissing::waits);
    if (!config_.login_file.empty()) {
      if (auto logins = gateway::read_login_file(config_.login_file); !logins)
        add(Weight::mistake, "login", std::move(logins.error()));
    }
    for (std::size_t i = 0; i < config_.forwards.size(); ++i)
      check_place("local-forward", i, *io::tcp_place(config_.forwards[i].listen));
    return take();
  }

 private:
  void check_interface() {
    if (io::interface_mtu(config_.tun) == 0)
      return add(Weight::mistake, "tun",
                 fmt::format("Could not use the interface {}: there is none. An administrator makes it: {}",
                             config_.tun, io::how_to_prepare(config_.tun)));
    const auto found = gateway::addresses_of_interface(config_.tun);
    if (auto addresses = gateway::addresses_by(found, config_.net, config_.tun); !addresses)
      add(Weight::mistake, "tun", std::move(addresses.error()));
  }

  const gateway::GatewayConfig& config_;
};

}  // namespace

std::vector<StartProblem> net_start_problems(const NetOptions& options, const StartSite& site) {
  return NetCheck(options.net, site).problems();
}

}  // namespace serialtcp::cli
