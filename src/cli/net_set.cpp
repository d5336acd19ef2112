#include "cli/net_set.h"

#include "control/link_state.h"

namespace serialtcp::cli {

namespace {

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

std::vector<control::NetStatus> NetSet::status(const std::string& name) const {
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

std::size_t NetSet::lookups_running() const {
  std::size_t running = 0;
  for (const auto& entry : entries()) running += entry->thing ? entry->thing->lookups_running() : 0;
  return running;
}

}  // namespace serialtcp::cli
