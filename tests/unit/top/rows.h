// Statuses for the tests of `serialtcp top`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "control/status.h"

namespace serialtcp::top {

inline control::ConnectionStatus connection_of(const std::string& link, std::uint64_t number) {
  control::ConnectionStatus connection;
  connection.id = link + "#" + std::to_string(number);
  connection.state = "open";
  connection.client = "127.0.0.1:" + std::to_string(50000 + number);
  connection.age_seconds = 10;
  return connection;
}

inline control::LinkStatus link_of(const std::string& name, std::size_t connections = 0) {
  control::LinkStatus link;
  link.name = name;
  link.line = "/dev/" + name;
  link.state = "up";
  link.state_seconds = 61;
  link.round_trip_seconds = 0.0123;
  link.on_line.capacity_bytes_per_second = 10'000;
  for (std::size_t i = 1; i <= connections; ++i) link.connections.push_back(connection_of(name, i));
  link.connections_now = connections;
  return link;
}

inline control::ProcessStatus process_of(const std::string& link, std::size_t connections = 0) {
  control::ProcessStatus status;
  status.pid = 4711;
  status.uptime_seconds = 100;
  status.links.push_back(link_of(link, connections));
  return status;
}

inline control::IpLinkStatus ip_link_of(const std::string& network) {
  control::IpLinkStatus ip;
  ip.network = network;
  ip.state = "up";
  ip.addresses = {"10.9.0.1", "fd00::1"};
  return ip;
}

inline control::NetStatus net_of(const std::string& name) {
  control::NetStatus net;
  net.name = name;
  net.line = "/dev/" + name;
  net.state = "up";
  net.baud = 115200;
  net.protocol = "PPP";
  net.network = "10.0.2.0/24";
  net.device_address = "10.0.2.15";
  net.gateway_address = "10.0.2.2";
  return net;
}

/// As hostile as a peer or a program at the socket can be: escape sequences, wide and combining characters, what is
/// not UTF-8, and no end.
inline std::string hostile_text() {
  std::string text =
      "\x1b[2J\x1b]0;title\x07\r\n\xff\xfe\x9b\x33\x31m\xe6\xbc\xa2\xcc\x81\xe2\x80\xae\xf0\x9f\x92\xa9";
  while (text.size() < 5000) text += text;
  return text;
}

}  // namespace serialtcp::top
