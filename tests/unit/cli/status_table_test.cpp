// The status as text: what is in it, and that no value, however long, makes a line longer than it may be.
#include "cli/status_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>

namespace serialtcp::cli {
namespace {

control::ProcessStatus example() {
  control::ProcessStatus status;
  status.version = "2.1";
  status.pid = 4711;
  status.uptime_seconds = 7300;
  status.config_file = "/etc/x.toml";
  control::LinkStatus& link = status.links.emplace_back();
  link.name = "rack-3";
  link.line = "/dev/ttyUSB0";
  link.state = "up";
  link.state_seconds = 61;
  link.protocol = "serialtcp 2";
  link.sealed = true;
  link.baud = 115200;
  link.format = "8N1";
  link.round_trip_seconds = 0.0123;
  link.heard_seconds = 3.25;
  link.reconnects = 2;
  link.trouble = "lost /dev/ttyUSB0: it was unplugged";
  link.trouble_seconds = 90;
  link.not_replaced = "Could not use the key file /k: no such file";
  link.on_line.sent_bytes = 1'500'000;
  link.on_line.sent_bytes_per_second = 9000;
  link.on_line.capacity_bytes_per_second = 11520;
  link.data.sent_bytes = 3'000'000;
  link.frames = {.sent = 10, .received = 20, .damaged = 3, .repaired = 2, .lost = 1};
  link.listeners.push_back({"web", "service", "8080", {"127.0.0.1:8080", "[::1]:8080"}});
  link.listeners.push_back({"", "forward", "board.lan:1", {}});
  link.targets.push_back({"", "localhost:22"});
  link.ip_links.push_back({.service = "net",
                           .network = "ip:tun0",
                           .state = "up",
                           .addresses = {"10.9.0.1", "fd00:9::1"},
                           .sent_bytes = 1'200'000,
                           .received_bytes = 3400,
                           .sent_packets = 820,
                           .received_packets = 31,
                           .queued_packets = 4,
                           .dropped_packets = 2,
                           .marked_packets = 5,
                           .spoofed_packets = 3});
  control::ConnectionStatus& connection = link.connections.emplace_back();
  connection.id = "rack-3#12";
  connection.service = "web";
  connection.state = "half closed";
  connection.client = "127.0.0.1:51234";
  connection.age_seconds = 100;
  connection.sent_bytes = 1234;
  return status;
}

std::size_t longest(const std::string& text) {
  std::size_t most = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::size_t width = 0;
    for (const char c : line) width += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1 : 0;
    most = std::max(most, width);
  }
  return most;
}

TEST(StatusTable, HasWhatAUserLooksFor) {
  const std::string text = status_table(example(), kTableWidth);
  for (const char* const part :
       {"serialtcp 2.1, process 4711, running for 2 h, /etc/x.toml",
        "rack-3: up for 61 s, serialtcp 2, sealed, 2 reconnects",
        "/dev/ttyUSB0, 115200 8N1, round trip 12 ms, heard 3.2 s ago",
        "sent      1.5 MB (9.0 kB/s of 12 kB/s), data 3.0 MB",
        "frames    10 sent, 1 lost; 20 received, 3 damaged, 2 repaired",
        "trouble   90 s ago: lost /dev/ttyUSB0",
        "\n  not replaced by the last reload: Could not use the key file /k: no such",
        "listening web 127.0.0.1:8080, [::1]:8080", "listening board.lan:1 (not yet)",
        "IP link   net ip:tun0: up, 10.9.0.1, fd00:9::1",
        "packets 820 sent (1.2 MB, 0 B/s), 31 received (3.4 kB, 0 B/s), 4 wait",
        "dropped 2 had waited too long, 3 spoofed\n", "marked  5 (to slow their senders down)",
        "target    localhost:22", "#12 ", "half closed", "1.2 kB", "127.0.0.1:51234"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(StatusTable, NoLineIsTooLongWhateverTheValuesAre) {
  control::ProcessStatus status = example();
  control::LinkStatus& link = status.links.front();
  const std::string huge(5000, 'x');
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "ä";
  link.name = wide;
  link.line = huge;
  link.trouble = link.not_replaced = wide;
  link.listeners.front().address.assign(100, huge);
  link.targets.front().target = huge;
  link.baud = UINT64_MAX;
  link.frames = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
  link.data.sent_bytes = UINT64_MAX;
  link.round_trip_seconds = 1e300;
  link.state_seconds = -1e300;
  link.heard_seconds = -5;
  control::ConnectionStatus& connection = link.connections.front();
  connection.id = huge;
  connection.service = connection.state = wide;
  connection.client = huge;
  connection.age_seconds = 1e300;
  connection.sent_bytes = connection.received_bytes_per_second = UINT64_MAX;
  for (const std::size_t width : {kTableWidth, std::size_t{132}}) {
    const std::string text = status_table(status, width);
    EXPECT_LE(longest(text), width);
  }
  for (const std::string& line : link_lines(link)) EXPECT_LE(line.size(), 6000U);
}

TEST(StatusTable, AnIpv4PeerIsWholeWithUsualFigures) {
  EXPECT_NE(status_table(example(), kTableWidth).find("127.0.0.1:51234\n"), std::string::npos);
}

}  // namespace
}  // namespace serialtcp::cli
