#include "http/metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "control/link_state.h"
#include "http/accept.h"
#include "os/text.h"

namespace serialtcp::http {

namespace {

using control::DataStatus;
using control::FrameStatus;
using control::IpLinkStatus;
using control::LineStatus;
using control::LinkStatus;
using control::ListenerStatus;
using control::ProcessStatus;
using Value = std::optional<double>;

enum class Type { counter, gauge, info, state_set };

/// What is said of a metric before its values.
struct Family {
  std::string_view name;  ///< without "serialtcp_", "_total" of a counter and "_info"
  Type type;
  std::string_view unit;  ///< the end of the name, if it is one
  std::string_view help;
};

/// A metric that each link has.
struct OfLink {
  Family family;
  Value (*value)(const LinkStatus& link);
};

template <auto kMember>
Value of_link(const LinkStatus& link) {
  if constexpr (std::is_same_v<decltype(kMember), std::optional<double> LinkStatus::*>) {
    return link.*kMember;
  } else {
    return static_cast<double>(link.*kMember);
  }
}
template <std::uint64_t LineStatus::*kMember>
Value of_line(const LinkStatus& link) {
  return static_cast<double>(link.on_line.*kMember);
}
template <std::uint64_t FrameStatus::*kMember>
Value of_frames(const LinkStatus& link) {
  return static_cast<double>(link.frames.*kMember);
}
template <std::uint64_t DataStatus::*kMember>
Value of_data(const LinkStatus& link) {
  return static_cast<double>(link.data.*kMember);
}
Value is_up(const LinkStatus& link) {
  return link.state == control::link_state::kUp ? 1 : 0;
}

constexpr std::string_view kBytes = "bytes";
constexpr std::string_view kSeconds = "seconds";
constexpr auto kCounter = Type::counter;
constexpr auto kGauge = Type::gauge;

const OfLink kOfLinks[] = {
    {{"link_up", kGauge, "", "Whether the other end answers."}, is_up},
    {{"link_state_seconds", kGauge, kSeconds, "For how long the link has been in its present state."},
     of_link<&LinkStatus::state_seconds>},
    {{"link_established", kCounter, "", "How often the link came up."}, of_link<&LinkStatus::times_up>},
    {{"link_reconnects", kCounter, "", "How often the link came up again."},
     of_link<&LinkStatus::reconnects>},
    {{"link_round_trip_seconds", kGauge, kSeconds, "The round trip over the line, smoothed."},
     of_link<&LinkStatus::round_trip_seconds>},
    {{"link_heard_seconds", kGauge, kSeconds, "The time since the last correct frame of the other end."},
     of_link<&LinkStatus::heard_seconds>},
    {{"link_awaited_seconds", kGauge, kSeconds, "For how long an answer of the other end has been due."},
     of_link<&LinkStatus::awaited_seconds>},
    {{"link_trouble_seconds", kGauge, kSeconds, "The time since the last warning or error in the log."},
     of_link<&LinkStatus::trouble_seconds>},
    {{"line_baud", kGauge, "", "The baud rate that is set."}, of_link<&LinkStatus::baud>},
    {{"line_capacity_bytes_per_second", kGauge, "", "What the line carries in one direction, as measured."},
     of_line<&LineStatus::capacity_bytes_per_second>},
    {{"line_sent_bytes", kCounter, kBytes, "Bytes written to the line."}, of_line<&LineStatus::sent_bytes>},
    {{"line_received_bytes", kCounter, kBytes, "Bytes read from the line."},
     of_line<&LineStatus::received_bytes>},
    {{"line_noise_bytes", kCounter, kBytes, "Bytes read from the line outside of correct frames."},
     of_line<&LineStatus::noise_bytes>},
    {{"line_device_losses", kCounter, "", "How often the device went away."},
     of_line<&LineStatus::lost_times>},
    {{"frames_sent", kCounter, "", "Frames sent."}, of_frames<&FrameStatus::sent>},
    {{"frames_received", kCounter, "", "Correct frames received."}, of_frames<&FrameStatus::received>},
    {{"frames_damaged", kCounter, "", "Frames received with a wrong check value."},
     of_frames<&FrameStatus::damaged>},
    {{"frames_repaired", kCounter, "", "Damaged frames that were repaired."},
     of_frames<&FrameStatus::repaired>},
    {{"frames_lost", kCounter, "", "Frames sent that did not arrive."}, of_frames<&FrameStatus::lost>},
    {{"frames_in_flight", kGauge, "", "Frames sent and not acknowledged."},
     of_frames<&FrameStatus::in_flight>},
    {{"data_sent_bytes", kCounter, kBytes, "Content of connections sent to the other end."},
     of_data<&DataStatus::sent_bytes>},
    {{"data_received_bytes", kCounter, kBytes, "Content of connections received from the other end."},
     of_data<&DataStatus::received_bytes>},
    {{"data_retransmitted_bytes", kCounter, kBytes, "Content that was sent again, as it is on the line."},
     of_data<&DataStatus::retransmitted_bytes>},
    {{"data_compressor_input_bytes", kCounter, kBytes, "The part of the content sent that was compressed."},
     of_data<&DataStatus::compressed_bytes>},
    {{"data_compressor_output_bytes", kCounter, kBytes, "What became of it."},
     of_data<&DataStatus::compressed_to_bytes>},
    {{"data_send_queue_bytes", kGauge, kBytes, "Content that the other end has not acknowledged."},
     of_data<&DataStatus::send_queue_bytes>},
    {{"data_receive_queue_bytes", kGauge, kBytes, "Content that a client or target has not accepted."},
     of_data<&DataStatus::receive_queue_bytes>},
    {{"datagrams_sent", kCounter, "", "Datagrams sent to the other end."},
     of_data<&DataStatus::sent_datagrams>},
    {{"datagrams_received", kCounter, "", "Datagrams received from the other end."},
     of_data<&DataStatus::received_datagrams>},
    {{"datagrams_dropped", kCounter, "", "Datagrams dropped."}, of_data<&DataStatus::dropped_datagrams>},
    {{"streams_opened", kCounter, "", "Streams opened by either end."}, of_link<&LinkStatus::streams_opened>},
    {{"streams_reset", kCounter, "", "Streams reset by either end."}, of_link<&LinkStatus::streams_reset>},
    {{"connections", kGauge, "", "Connections at present."}, of_link<&LinkStatus::connections_now>},
};

/// A metric that each IP link of a link has.
struct OfIpLink {
  Family family;
  std::uint64_t IpLinkStatus::*value;
};

const OfIpLink kOfIpLinks[] = {
    {{"ip_sent_packets", kCounter, "", "Packets sent to the other end."}, &IpLinkStatus::sent_packets},
    {{"ip_received_packets", kCounter, "", "Packets received from the other end."},
     &IpLinkStatus::received_packets},
    {{"ip_sent_bytes", kCounter, kBytes, "The bytes of the packets sent."}, &IpLinkStatus::sent_bytes},
    {{"ip_received_bytes", kCounter, kBytes, "The bytes of the packets received."},
     &IpLinkStatus::received_bytes},
    {{"ip_queued_packets", kGauge, "", "Packets that wait for the line."}, &IpLinkStatus::queued_packets},
    {{"ip_dropped_packets", kCounter, "", "Packets dropped in front of the line, as too many waited."},
     &IpLinkStatus::dropped_packets},
    {{"ip_marked_packets", kCounter, "", "Packets marked instead of being dropped (ECN)."},
     &IpLinkStatus::marked_packets},
    {{"ip_too_long_packets", kCounter, "", "Packets longer than what is carried."},
     &IpLinkStatus::too_long_packets},
    {{"ip_spoofed_packets", kCounter, "", "Packets with a source that they may not have."},
     &IpLinkStatus::spoofed_packets},
    {{"ip_refused_packets", kCounter, "", "Packets that the network of this end does not allow."},
     &IpLinkStatus::refused_packets},
    {{"ip_limited_packets", kCounter, "", "Packets that would have opened too many connections."},
     &IpLinkStatus::limited_packets},
    {{"ip_ignored_packets", kCounter, "", "Fragments, multicast and what is no packet."},
     &IpLinkStatus::ignored_packets},
};

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// What comes from elsewhere need not be UTF-8.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : io::printable(text)) {
    if (c == '\\' || c == '"') result += '\\';
    result += c;
  }
  return result;
}

std::string labels_text(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels)
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "{" : ",", name, escaped(value));
  return text.empty() ? text : text + "}";
}

std::string number_text(double value) {
  constexpr double kExact = 9e15;  // above, not every whole number is a double
  if (value == std::floor(value) && std::abs(value) < kExact)
    return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", value);
}

class Text {
 public:
  explicit Text(MetricsFormat format) : format_(format) {}

  /// The values that follow are of this one.
  void family(const Family& family) {
    family_ = family;
    begun_ = false;
    seen_.clear();
  }

  /// The same labels again would make the whole text invalid: the first ones count.
  void value(const Labels& labels, double value) {
    std::string key = labels_text(labels);
    if (!seen_.insert(key).second) return;
    if (!std::exchange(begun_, true)) begin();
    fmt::format_to(std::back_inserter(text_), "{}{}{} {}\n", base(), suffix(), key, number_text(value));
  }

  std::string end() {
    if (open()) text_ += "# EOF\n";
    return std::move(text_);
  }

 private:
  bool open() const { return format_ == MetricsFormat::open_metrics; }
  std::string base() const { return fmt::format("serialtcp_{}", family_.name); }
  std::string_view suffix() const {
    return family_.type == Type::counter ? "_total" : family_.type == Type::info ? "_info" : "";
  }
  std::string_view type() const {
    switch (family_.type) {
      case Type::counter:
        return "counter";
      case Type::info:
        return open() ? "info" : "gauge";
      case Type::state_set:
        return open() ? "stateset" : "gauge";
      case Type::gauge:
        break;
    }
    return "gauge";
  }
  void begin() {
    const std::string name = base() + std::string(open() ? "" : suffix());
    auto out = std::back_inserter(text_);
    fmt::format_to(out, "# HELP {} {}\n# TYPE {} {}\n", name, family_.help, name, type());
    if (open() && !family_.unit.empty()) fmt::format_to(out, "# UNIT {} {}\n", name, family_.unit);
  }

  MetricsFormat format_;
  Family family_{};
  bool begun_ = false;
  std::set<std::string> seen_;
  std::string text_;
};

void put_process(Text& text, const ProcessStatus& status) {
  text.family({"build", Type::info, "", "The version of the program."});
  text.value({{"version", status.version}}, 1);
  text.family({"uptime_seconds", kGauge, kSeconds, "For how long the program has been running."});
  text.value({}, status.uptime_seconds);
  text.family({"links", kGauge, "", "The number of links."});
  text.value({}, static_cast<double>(status.links.size()));
}

void put_links(Text& text, const ProcessStatus& status) {
  text.family({"link", Type::info, "", "What a link is: its line, and the protocol of the other end."});
  for (const LinkStatus& link : status.links) {
    text.value({{"link", link.name},
                {"line", link.line},
                {"role", link.role},
                {"format", link.format},
                {"protocol", link.protocol},
                {"sealed", link.sealed ? "true" : "false"}},
               1);
  }
  text.family({"link_state", Type::state_set, "", "The state of a link: one of them is 1."});
  for (const LinkStatus& link : status.links) {
    for (const std::string_view state : control::link_state::kAll)
      text.value({{"link", link.name}, {"serialtcp_link_state", state}}, link.state == state ? 1 : 0);
  }
  for (const auto& [family, value] : kOfLinks) {
    text.family(family);
    for (const LinkStatus& link : status.links) {
      if (const Value present = value(link)) text.value({{"link", link.name}}, *present);
    }
  }
}

void put_listeners(Text& text, const ProcessStatus& status) {
  text.family({"listener_addresses", kGauge, "",
               "On how many addresses clients of a service can connect; 0 while its name is looked up."});
  for (const LinkStatus& link : status.links) {
    for (const ListenerStatus& listener : link.listeners) {
      text.value({{"link", link.name},
                  {"service", listener.service},
                  {"kind", listener.kind},
                  {"place", listener.place}},
                 static_cast<double>(listener.address.size()));
    }
  }
}

void put_ip_links(Text& text, const ProcessStatus& status) {
  const auto put = [&](const Family& family, const auto& value) {
    text.family(family);
    for (const LinkStatus& link : status.links) {
      for (const IpLinkStatus& ip : link.ip_links)
        text.value({{"link", link.name}, {"service", ip.service}, {"network", ip.network}}, value(ip));
    }
  };
  put({"ip_up", kGauge, "", "Whether packets pass."},
      [](const IpLinkStatus& ip) { return ip.state == "up" ? 1.0 : 0.0; });
  for (const auto& [family, value] : kOfIpLinks)
    put(family, [value](const IpLinkStatus& ip) { return static_cast<double>(ip.*value); });
}

constexpr std::string_view kOpenMetricsType = "application/openmetrics-text";

}  // namespace

MetricsFormat metrics_format(std::string_view accept) {
  const double open = quality_of(accept, kOpenMetricsType);
  return open > 0 && open >= quality_of(accept, "text/plain") ? MetricsFormat::open_metrics
                                                              : MetricsFormat::prometheus;
}

std::string_view content_type(MetricsFormat format) {
  return format == MetricsFormat::open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                               : "text/plain; version=0.0.4; charset=utf-8";
}

std::string metrics_text(const ProcessStatus& status, MetricsFormat format) {
  Text text(format);
  put_process(text, status);
  put_links(text, status);
  put_listeners(text, status);
  put_ip_links(text, status);
  return text.end();
}

}  // namespace serialtcp::http
