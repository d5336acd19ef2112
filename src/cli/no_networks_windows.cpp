// No network for a device: [[net]] of a configuration file is a mistake, so there is never one to be started.
#include <utility>

#include "cli/net_options.h"
#include "cli/net_set.h"
#include "cli/start_check.h"

namespace serialtcp::cli {

namespace {

constexpr const char* kNoNetworks =
    "a network for a device is not there on Windows: use serialtcp of Linux, or PPP of Windows";

}  // namespace

OptionTable net_option_table() {
  return {};
}

std::string network_library_version() {
  return "";
}

std::expected<NetOptions, Mistakes> judge_net(const Given&) {
  return std::unexpected(Mistakes{{.text = kNoNetworks, .form = Mistake::Form::sentence}});
}

std::vector<StartProblem> net_start_problems(const NetOptions&, const StartSite&) {
  return {{.weight = StartProblem::Weight::mistake, .option = "", .text = kNoNetworks}};
}

class NetSet::Networks {};

NetSet::NetSet(io::asio::io_context&, Log&) {}

NetSet::~NetSet() = default;

std::size_t NetSet::keep(const std::vector<NetOptions>&) {
  return 0;
}

std::optional<std::string> NetSet::start_wanted(OnStartFailure) {
  return std::nullopt;
}

void NetSet::when_ended(std::function<void(const std::string& why)>) {}

void NetSet::stop() {}

void NetSet::set_labels(bool) {}

std::vector<control::NetStatus> NetSet::status(const std::string&) const {
  return {};
}

std::size_t NetSet::lookups_running() const {
  return 0;
}

}  // namespace serialtcp::cli
