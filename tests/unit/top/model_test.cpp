// Rates and losses are those between two statuses, and none is invented when something was started again.
#include "top/model.h"

#include <gtest/gtest.h>

#include "top/rows.h"

namespace serialtcp::top {
namespace {

/// 2 s later.
control::ProcessStatus later(control::ProcessStatus status) {
  status.uptime_seconds += 2;
  for (control::LinkStatus& link : status.links) {
    for (control::ConnectionStatus& connection : link.connections) connection.age_seconds += 2;
  }
  return status;
}

TEST(TopModel, TheFirstStatusHasItsOwnRates) {
  Model model;
  control::ProcessStatus status = process_of("a", 1);
  status.links[0].on_line.sent_bytes = 1'000'000;
  status.links[0].on_line.sent_bytes_per_second = 321;
  status.links[0].connections[0].received_bytes_per_second = 123;
  model.take(1, status);
  EXPECT_EQ(model.links()[0]->sent_rate, 321);
  EXPECT_EQ(model.connections()[0]->received_rate, 123);
  EXPECT_FALSE(model.links()[0]->lost_part);
}

TEST(TopModel, RatesAreThoseBetweenTwoStatuses) {
  Model model;
  control::ProcessStatus status = process_of("a", 1);
  status.links[0].on_line.sent_bytes_per_second = 77;
  model.take(1, status);
  status = later(status);
  status.links[0].on_line.sent_bytes = 5000;
  status.links[0].on_line.received_bytes = 600;
  status.links[0].connections[0].sent_bytes = 4000;
  status.links[0].connections[0].received_bytes = 500;
  model.take(1, status);
  const LinkRow& link = *model.links()[0];
  const ConnectionRow& connection = *model.connections()[0];
  EXPECT_DOUBLE_EQ(link.sent_rate, 2500);
  EXPECT_DOUBLE_EQ(link.received_rate, 300);
  EXPECT_DOUBLE_EQ(connection.sent_rate, 2000);
  EXPECT_DOUBLE_EQ(connection.received_rate, 250);
  // The same once more, at once: not a rate over no time.
  model.take(1, status);
  EXPECT_DOUBLE_EQ(model.links()[0]->sent_rate, 2500);
  EXPECT_DOUBLE_EQ(model.connections()[0]->sent_rate, 2000);
  model.take(1, later(status));
  EXPECT_DOUBLE_EQ(model.links()[0]->sent_rate, 0);
}

TEST(TopModel, AProgramThatWasStartedAgainHasNoRateFromBefore) {
  Model model;
  control::ProcessStatus status = process_of("a", 1);
  status.links[0].on_line.sent_bytes = 100;
  status.links[0].connections[0].sent_bytes = 100;
  model.take(1, status);
  status.uptime_seconds = 3;  // less than before, but its counters are greater already
  status.links[0].on_line.sent_bytes = 9000;
  status.links[0].on_line.sent_bytes_per_second = 42;
  status.links[0].connections[0].sent_bytes = 9000;
  status.links[0].connections[0].sent_bytes_per_second = 43;
  model.take(1, status);
  EXPECT_EQ(model.links()[0]->sent_rate, 42);
  EXPECT_EQ(model.connections()[0]->sent_rate, 43);
}

TEST(TopModel, ALinkThatWasStartedAgainHasNoRateFromBefore) {
  Model model;
  control::ProcessStatus status = process_of("a", 1);
  status.links[0].on_line.sent_bytes = 10'000;
  status.links[0].frames.sent = 500;
  status.links[0].connections[0].received_bytes = 500;
  model.take(1, status);
  status = later(status);  // by a reload: the process goes on, and its counters go back
  status.links[0].on_line.sent_bytes = 10;
  status.links[0].on_line.sent_bytes_per_second = 5;
  status.links[0].frames.sent = 1;
  status.links[0].connections[0].received_bytes = 3;
  status.links[0].connections[0].received_bytes_per_second = 1;
  model.take(1, status);
  EXPECT_EQ(model.links()[0]->sent_rate, 5);
  EXPECT_EQ(model.connections()[0]->received_rate, 1);
  EXPECT_FALSE(model.links()[0]->lost_part);
}

TEST(TopModel, LossesAreThoseOfTheLastTenSeconds) {
  Model model;
  control::ProcessStatus status = process_of("a");
  control::FrameStatus& frames = status.links[0].frames;
  frames = {.sent = 1000, .received = 1000, .damaged = 500, .repaired = 0, .lost = 900};
  model.take(1, status);
  for (int i = 0; i < 3; ++i) {
    status = later(status);
    control::FrameStatus& now = status.links[0].frames;
    now.sent += 100;
    now.lost += 1;
    now.received += 97;
    now.damaged += 3;
    now.repaired += 1;
    model.take(1, status);
  }
  EXPECT_DOUBLE_EQ(model.links()[0]->lost_part.value(), 0.01);
  EXPECT_DOUBLE_EQ(model.links()[0]->damaged_part.value(), 0.02);
  for (int i = 0; i < 5; ++i) {
    status = later(status);
    status.links[0].frames.sent += 100;
    model.take(1, status);
  }
  EXPECT_DOUBLE_EQ(model.links()[0]->lost_part.value(), 0);
  EXPECT_FALSE(model.links()[0]->damaged_part);  // nothing was received
}

TEST(TopModel, ALinkThatIsNotUpSaysWhy) {
  control::ProcessStatus status = process_of("/dev/ttyUSB0");
  control::LinkStatus& link = status.links[0];
  link.state = "cannot start";
  link.state_seconds = 12;
  link.retry_seconds = 4;
  link.trouble = "no such key\x1b[31m";
  link.trouble_seconds = 2;
  Model model;
  model.take(1, status);
  EXPECT_EQ(model.links()[0]->name, "ttyUSB0");
  EXPECT_EQ(model.links()[0]->detail, "cannot start for 12s, next attempt in 4s; 2s ago: no such key?[31m");
  EXPECT_FALSE(model.links()[0]->round_trip_seconds);  // of another time
  link.state = "waiting for device";
  link.retry_seconds.reset();
  model.take(1, status);
  EXPECT_EQ(model.links()[0]->state, "no device");
  EXPECT_TRUE(model.links()[0]->detail.starts_with("waiting for device for 12s; "));
}

TEST(TopModel, ProcessesAreApartAlsoWithEqualNames) {
  Model model;
  model.take(1, process_of("a", 2));
  model.take(2, process_of("a", 3));
  EXPECT_EQ(model.links().size(), 2U);
  EXPECT_EQ(model.connections().size(), 5U);
  EXPECT_EQ(model.connections()[0]->key, (Key{1, "a#1"}));
  model.remove(1);
  EXPECT_EQ(model.connections().size(), 3U);
  EXPECT_EQ(model.processes(), 1U);
}

TEST(TopModel, TextsOfOthersAreBounded) {
  control::ProcessStatus status = process_of(hostile_text(), 0);
  control::LinkStatus& link = status.links[0];
  link.state = link.trouble = link.line = hostile_text();
  control::ConnectionStatus connection = connection_of("x", 1);
  connection.id = connection.service = connection.state = connection.client = connection.target =
      hostile_text();
  link.connections.push_back(connection);
  Model model;
  model.take(1, status);
  for (const std::string& text : {model.links()[0]->name, model.links()[0]->line, model.links()[0]->detail,
                                  model.connections()[0]->name, model.connections()[0]->peer}) {
    EXPECT_LE(text.size(), 3 * Model::kMaxText);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST(TopModel, AnIpLinkIsARowOfItsOwn) {
  Model model;
  control::ProcessStatus status = process_of("a", 1);
  control::IpLinkStatus& ip = status.links[0].ip_links.emplace_back(ip_link_of("ip:tun0"));
  ip.sent_bytes_per_second = 50;
  ip.sent_packets = 7;
  ip.received_packets = 5;
  ip.queued_packets = 2;
  status.links[0].ip_links.push_back(ip_link_of("ip:slirp"));
  model.take(1, status);
  ASSERT_EQ(model.connections().size(), 3U);
  const ConnectionRow* row = model.connections()[0];
  EXPECT_TRUE(row->packets);
  EXPECT_EQ(row->name, "a#ip");
  EXPECT_EQ(row->state, "up");
  EXPECT_EQ(row->peer, "ip:tun0");
  EXPECT_EQ(row->detail, "10.9.0.1, fd00::1; 7 packets sent, 5 received, 2 wait");
  EXPECT_EQ(row->sent_rate, 50) << "the first status has its own rates";
  EXPECT_FALSE(row->age_seconds);
  EXPECT_EQ(model.connections()[1]->name, "a#ip2");
  EXPECT_FALSE(model.connections()[2]->packets);
  status = later(status);
  status.links[0].ip_links[0].sent_bytes = 3000;
  status.links[0].ip_links[0].received_bytes = 500;
  status.links[0].ip_links[0].spoofed_packets = 3;
  status.links[0].ip_links[0].dropped_packets = 4;
  status.links[0].ip_links[0].marked_packets = 9;
  model.take(1, status);
  row = model.connections()[0];
  EXPECT_DOUBLE_EQ(row->sent_rate, 1500);
  EXPECT_DOUBLE_EQ(row->received_rate, 250);
  EXPECT_EQ(
      row->detail,
      "10.9.0.1, fd00::1; 7 packets sent, 5 received, 2 wait; dropped: 4 had waited too long, 3 spoofed; "
      "9 marked");
}

TEST(TopModel, ANetworkOfADeviceIsALinkAndItsPackets) {
  Model model;
  control::ProcessStatus status = process_of("a");
  control::NetStatus& net = status.nets.emplace_back(net_of("b"));
  net.connections_now = 4;
  net.refused_packets = 1;
  model.take(1, status);
  ASSERT_EQ(model.links().size(), 2U);
  ASSERT_EQ(model.connections().size(), 1U);
  EXPECT_EQ(model.links()[1]->name, "b");
  EXPECT_EQ(model.links()[1]->state, "up");
  EXPECT_EQ(model.links()[1]->connections, 4U);
  EXPECT_DOUBLE_EQ(model.links()[1]->capacity, 11520);
  EXPECT_EQ(model.links()[1]->detail, "");
  EXPECT_EQ(model.connections()[0]->name, "b#ip");
  EXPECT_EQ(model.connections()[0]->service, "PPP");
  EXPECT_EQ(model.connections()[0]->peer, "device 10.0.2.15");
  EXPECT_EQ(model.connections()[0]->detail,
            "10.0.2.0/24, gateway 10.0.2.2; 0 packets sent, 0 received, 0 wait; dropped: 1 not allowed");
  status = later(status);
  status.nets[0].sent_bytes = 200;
  status.nets[0].received_bytes = 5000;
  model.take(1, status);
  EXPECT_DOUBLE_EQ(model.links()[1]->sent_rate, 100);
  EXPECT_DOUBLE_EQ(model.links()[1]->received_rate, 2500);
  EXPECT_DOUBLE_EQ(model.connections()[0]->received_rate, 2500);
  status.nets[0].state = "cannot start";
  status.nets[0].retry_seconds = 4;
  status.nets[0].trouble = "no such file";
  model.take(1, status);
  EXPECT_EQ(model.links()[1]->detail, "cannot start, next attempt in 4s; no such file");
  status.nets[0].state = "no device";
  model.take(1, status);
  EXPECT_EQ(model.links()[1]->state, "no peer") << "the line is there, as of a link";
  status.nets[0].state = "waiting for device";
  model.take(1, status);
  EXPECT_EQ(model.links()[1]->state, "no device");
}

}  // namespace
}  // namespace serialtcp::top
