// The networks for devices of a configuration, beside its links.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/net_table.h"
#include "cli/reporter.h"
#include "cli/started_set.h"
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

  static std::vector<control::NetStatus>& list(control::ProcessStatus& all) { return all.nets; }
  static void describe(const Options& options, control::NetStatus& status) {
    status.line = options.net.device;
    status.baud = options.net.serial.baud;
  }
  static void put_figures(const gateway::Gateway::Figures& now, control::NetStatus& status) {
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
};

class NetSet final : public StartedSet<NetKind> {
 public:
  using StartedSet::StartedSet;

  std::size_t lookups_running() const override {
    std::size_t running = 0;
    for (const auto& entry : entries()) running += entry->thing ? entry->thing->lookups_running() : 0;
    return running;
  }
};

}  // namespace

std::unique_ptr<TableSet> make_net_set(io::asio::io_context& context, Log& log) {
  return std::make_unique<NetSet>(context, log);
}

}  // namespace serialtcp::cli
