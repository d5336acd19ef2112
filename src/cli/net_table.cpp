#include "cli/net_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/status_table.h"
#include "cli/typed_table_kind.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

std::vector<std::string> net_lines(const control::NetStatus& net) {
  std::vector<std::string> lines{
      standing_line(net.name, net.state, net.retry_seconds),
      fmt::format("{}, {}, {}, a network", net.line, net.baud,
                  net.protocol.empty() ? "nothing yet" : net.protocol),
      fmt::format("addresses device {} in {}, gateway {}, name server {}", net.device_address, net.network,
                  net.gateway_address, net.name_server.empty() ? "none" : net.name_server),
      fmt::format("received  {} in {} packets, {} connections", io::format_size(net.received_bytes),
                  net.received_packets, net.connections_now),
      fmt::format("sent      {} in {} packets, {} wait", io::format_size(net.sent_bytes), net.sent_packets,
                  net.queued_packets)};
  const auto from = net.refused_packets + net.spoofed_packets + net.malformed_packets + net.limited_packets;
  if (from > 0)
    lines.push_back(
        fmt::format("dropped   from the device: {} not allowed, {} spoofed, {} malformed, {} too many",
                    net.refused_packets, net.spoofed_packets, net.malformed_packets, net.limited_packets));
  if (net.dropped_packets + net.marked_packets > 0)
    lines.push_back(
        fmt::format("queue     for the device: {} dropped, {} marked (to slow their senders down)",
                    net.dropped_packets, net.marked_packets));
  for (const std::string& place : net.places) lines.push_back(fmt::format("listening {}", place));
  add_trouble(lines, net.trouble);
  return lines;
}

class NetTables final : public TypedTableKind<NetOptions> {
 public:
  const TableWords& words() const override { return kNetWords; }

  OptionTable rows() const override { return net_option_table(); }

  std::unique_ptr<TableSet> make_set(io::asio::io_context& context, Log& log) const override {
    return make_net_set(context, log);
  }

  std::vector<StatusLines> status_lines(const control::ProcessStatus& status) const override {
    std::vector<StatusLines> all;
    for (const control::NetStatus& net : status.nets) all.push_back({net.name, net_lines(net)});
    return all;
  }

 private:
  std::expected<NetOptions, Mistakes> judge_options(const Given& given) const override {
    return judge_net(given);
  }

  std::string device_of(const NetOptions& options) const override { return options.net.device; }

  void compare(const One& one, const One& earlier, std::vector<ConfigMistake>& found) const override {
    const gateway::GatewayConfig& net = one.options.net;
    const gateway::GatewayConfig& other = earlier.options.net;
    if (!net.tun.empty() && net.tun == other.tun) {
      found.push_back({one.placed.where("tun"), fmt::format("tun: the net at line {} has the same interface",
                                                            earlier.placed.place.line)});
    }
    for (std::size_t i = 0; i < net.forwards.size(); ++i) {
      const io::Target& listen = net.forwards[i].listen;
      const auto same = std::ranges::find(other.forwards, listen, &gateway::ForwardWish::listen);
      if (listen.port == 0 || same == other.forwards.end()) continue;
      found.push_back(
          {one.placed.where("local-forward", i),
           fmt::format("local-forward: the net at line {} listens at the same place: choose another port",
                       earlier.placed.place.line)});
    }
  }

  std::vector<StartProblem> start_problems_of(const NetOptions& options,
                                              const StartSite& site) const override {
    return net_start_problems(options, site);
  }
};

}  // namespace

const TableKind& net_tables() {
  static const NetTables kind;
  return kind;
}

}  // namespace serialtcp::cli
