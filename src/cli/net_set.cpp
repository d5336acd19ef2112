#include "cli/net_set.h"

#include <string_view>
#include <utility>

#include "cli/reporter.h"
#include "control/link_state.h"
#include "gateway/gateway.h"

namespace serialtcp::cli {

namespace {

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

void put_figures(const gateway::Gateway::Figures& now, control::NetStatus& status) {
  status.state = !now.open ? std::string(control::link_state::kWaitingForDevice)
                 : now.up  ? "up"
                           : "no device";
  status.protocol = now.speech == gateway::Speech::unknown ? "" : name_of(now.speech);
  status.network = now.network;
  status.device_address = now.device;
  status.gateway_address = now.gateway;
  status.name_server = now.name_server;
  status.places = now.places;
  status.connections_now = now.connections;
  status.received_bytes = now.received_bytes;
  status.sent_bytes = now.sent_bytes;
  status.received_packets = now.received_packets;
  status.sent_packets = now.sent_packets;
  status.refused_packets = now.packets.refused;
  status.spoofed_packets = now.packets.spoofed;
  status.malformed_packets = now.packets.malformed;
  status.limited_packets = now.packets.too_many;
  status.ignored_packets = now.packets.ignored + now.packets.fragments;
  status.queued_packets = now.queued_packets;
  status.dropped_packets = now.queue.dropped_early + now.queue.dropped_full;
  status.marked_packets = now.queue.marked;
}

}  // namespace

class NetSet::Networks : public StartedSet<NetKind> {
 public:
  using StartedSet::StartedSet;

  std::vector<control::NetStatus> status(const std::string& name) const {
    std::vector<control::NetStatus> list;
    for (const auto& entry : entries()) {
      if (!is_called(entry->options, name)) continue;
      control::NetStatus& status = list.emplace_back();
      status.name = entry->options.name;
      status.line = entry->options.net.device;
      status.baud = entry->options.net.serial.baud;
      put_trouble(*entry, status);
      if (entry->thing) put_figures(entry->thing->figures(), status);
    }
    return list;
  }

  std::size_t lookups_running() const {
    std::size_t running = 0;
    for (const auto& entry : entries()) running += entry->thing ? entry->thing->lookups_running() : 0;
    return running;
  }
};

NetSet::NetSet(io::asio::io_context& context, Log& log)
    : networks_(std::make_unique<Networks>(context, log)) {}

NetSet::~NetSet() = default;

std::size_t NetSet::keep(const std::vector<NetOptions>& wanted) {
  return networks_->keep(wanted);
}

std::optional<std::string> NetSet::start_wanted(OnStartFailure on_failure) {
  return networks_->start_wanted(on_failure);
}

void NetSet::when_ended(std::function<void(const std::string& why)> ended) {
  networks_->when_ended(std::move(ended));
}

void NetSet::stop() {
  networks_->stop();
}

void NetSet::set_labels(bool labels) {
  networks_->set_labels(labels);
}

std::vector<control::NetStatus> NetSet::status(const std::string& name) const {
  return networks_->status(name);
}

std::size_t NetSet::lookups_running() const {
  return networks_->lookups_running();
}

}  // namespace serialtcp::cli
