// The text of the metrics: its form in both formats, what of the status is in it, and that hostile names cannot break it.
#include "http/metrics.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "control/link_state.h"

namespace serialtcp::http {
namespace {

using control::LinkStatus;
using control::ProcessStatus;
using testing::HasSubstr;
using testing::Not;

ProcessStatus example() {
  ProcessStatus status;
  status.version = "2.1.0";
  status.uptime_seconds = 12.5;
  LinkStatus& link = status.links.emplace_back();
  link.name = "rack";
  link.line = "/dev/ttyUSB0";
  link.state = "up";
  link.baud = 115200;
  link.round_trip_seconds = 0.0042;
  link.on_line.sent_bytes = 12345678901234;
  link.frames.damaged = 3;
  link.data.received_bytes = 77;
  link.connections_now = 5;
  link.listeners.push_back({"web", "service", "8080", {"127.0.0.1:8080", "[::1]:8080"}});
  link.ip_links.push_back({.service = "net",
                           .network = "ip:tun0",
                           .state = "up",
                           .addresses = {},
                           .sent_packets = 41,
                           .dropped_packets = 42,
                           .spoofed_packets = 43});
  status.links.emplace_back().name = "other";
  return status;
}

std::vector<std::string> lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

TEST(Metrics, ALinkIsInOneStateWhicheverItIs) {
  for (const std::string_view state : control::link_state::kAll) {
    ProcessStatus status = example();
    status.links.front().state = state;
    const std::string text = metrics_text(status, MetricsFormat::open_metrics);
    for (const std::string_view other : control::link_state::kAll)
      EXPECT_THAT(text, HasSubstr(fmt::format(
                            "serialtcp_link_state{{link=\"rack\",serialtcp_link_state=\"{}\"}} {}\n", other,
                            other == state ? 1 : 0)));
  }
}

TEST(Metrics, HaveTheValuesOfTheStatus) {
  const std::string text = metrics_text(example(), MetricsFormat::open_metrics);
  for (const char* line : {
           "serialtcp_build_info{version=\"2.1.0\"} 1\n",
           "serialtcp_uptime_seconds 12.5\n",
           "serialtcp_links 2\n",
           "serialtcp_link_up{link=\"rack\"} 1\n",
           "serialtcp_link_up{link=\"other\"} 0\n",
           "serialtcp_link_state{link=\"rack\",serialtcp_link_state=\"up\"} 1\n",
           "serialtcp_link_state{link=\"rack\",serialtcp_link_state=\"held\"} 0\n",
           "serialtcp_link_round_trip_seconds{link=\"rack\"} 0.0042\n",
           "serialtcp_line_sent_bytes_total{link=\"rack\"} 12345678901234\n",
           "serialtcp_frames_damaged_total{link=\"rack\"} 3\n",
           "serialtcp_ip_up{link=\"rack\",service=\"net\",network=\"ip:tun0\"} 1\n",
           "serialtcp_ip_sent_packets_total{link=\"rack\",service=\"net\",network=\"ip:tun0\"} 41\n",
           "serialtcp_ip_dropped_packets_total{link=\"rack\",service=\"net\",network=\"ip:tun0\"} 42\n",
           "serialtcp_ip_spoofed_packets_total{link=\"rack\",service=\"net\",network=\"ip:tun0\"} 43\n",
           "serialtcp_data_received_bytes_total{link=\"rack\"} 77\n",
           "serialtcp_connections{link=\"rack\"} 5\n",
           "serialtcp_listener_addresses{link=\"rack\",service=\"web\",kind=\"service\",place=\"8080\"} 2\n",
           "# TYPE serialtcp_line_sent_bytes counter\n# UNIT serialtcp_line_sent_bytes bytes\n",
       })
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("serialtcp_link_round_trip_seconds{link=\"other\"}"))) << "it is not known";
  EXPECT_TRUE(text.ends_with("# EOF\n"));
}

/// Each value belongs to the family before it, and no family and no value is there twice.
void check_form(const std::string& text, MetricsFormat format) {
  const std::regex value(R"re(([a-z_]+)(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? -?[0-9.e+-]+)re");
  std::set<std::string> families;
  std::set<std::string> values;
  std::string family;
  std::string suffix;
  for (const std::string& line : lines(text)) {
    std::smatch found;
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string type;
      words >> family >> type;
      EXPECT_TRUE(families.insert(family).second) << line;
      const bool open = format == MetricsFormat::open_metrics;
      suffix = !open ? "" : type == "counter" ? "_total" : type == "info" ? "_info" : "";
      EXPECT_EQ(family.ends_with("_total"), !open && type == "counter") << line;
    } else if (line.starts_with("# UNIT ")) {
      const std::string unit = line.substr(line.rfind(' ') + 1);
      EXPECT_TRUE(family.ends_with("_" + unit)) << line;
    } else if (!line.starts_with("#")) {
      ASSERT_TRUE(std::regex_match(line, found, value)) << line;
      EXPECT_EQ(found[1], family + suffix) << line;
      EXPECT_TRUE(values.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_GT(families.size(), 30U);
}

TEST(Metrics, HaveTheFormOfBothFormats) {
  for (const auto format : {MetricsFormat::open_metrics, MetricsFormat::prometheus})
    check_form(metrics_text(example(), format), format);
  EXPECT_THAT(metrics_text(example(), MetricsFormat::prometheus), Not(HasSubstr("# EOF")));
  EXPECT_THAT(metrics_text(example(), MetricsFormat::prometheus), Not(HasSubstr("# UNIT")));
}

TEST(Metrics, CannotBeBrokenByNames) {
  ProcessStatus status = example();
  status.links[0].name = "a\"} 1\nserialtcp_links 9\\\xff\x1b";
  status.links[0].line = "\\";
  status.links[1].name = status.links[0].name;  // the same again
  for (const auto format : {MetricsFormat::open_metrics, MetricsFormat::prometheus})
    check_form(metrics_text(status, format), format);
  EXPECT_THAT(metrics_text(status, MetricsFormat::prometheus),
              HasSubstr("link=\"a\\\"} 1?serialtcp_links 9\\\\??\""));
}

TEST(Metrics, DoNotDependOnConnections) {
  ProcessStatus status = example();
  const std::string before = metrics_text(status, MetricsFormat::open_metrics);
  for (int i = 0; i < 100; ++i) status.links[0].connections.emplace_back().id = "rack#" + std::to_string(i);
  EXPECT_EQ(metrics_text(status, MetricsFormat::open_metrics), before);
}

TEST(Metrics, AreInTheFormatThatTheClientLikesBetter) {
  using enum MetricsFormat;
  EXPECT_EQ(metrics_format(""), prometheus);
  EXPECT_EQ(metrics_format("*/*"), prometheus);
  EXPECT_EQ(metrics_format("application/openmetrics-text"), open_metrics);
  EXPECT_EQ(metrics_format("application/openmetrics-text;q=0"), prometheus);
  EXPECT_EQ(metrics_format("application/openmetrics-text;q=0.4,text/plain;q=0.5"), prometheus);
  EXPECT_EQ(metrics_format("application/openmetrics-text;version=1.0.0;q=0.5,application/"
                           "openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            open_metrics)
      << "as Prometheus asks";
}

}  // namespace
}  // namespace serialtcp::http
