#include "top/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "os/text.h"
#include "top/figure_text.h"

namespace serialtcp::top {

namespace {

/// Between two statuses that are closer, rates are mostly chance.
constexpr double kMinSeconds = 0.05;

std::string bounded(std::string_view text) {
  return io::printable(text.substr(0, Model::kMaxText));
}

/// "/dev/ttyUSB0" is shown, and can be named, as "ttyUSB0".
std::string short_name(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  const std::string_view last = name.substr(slash == std::string_view::npos ? 0 : slash + 1);
  return bounded(last.empty() ? name : last);
}

/// Of what is counted; a counter that went back is another one, of a link or process that was started again.
bool goes_on(std::uint64_t before, std::uint64_t now) {
  return now >= before;
}

double rate(std::uint64_t before, std::uint64_t now, double seconds) {
  return static_cast<double>(now - before) / seconds;
}

std::string detail_of(const control::LinkStatus& link) {
  if (link.state == "up") return "";
  std::string text = fmt::format("{} for {}", bounded(link.state), short_age(link.state_seconds));
  if (link.retry_seconds) text += fmt::format(", next attempt in {}", short_age(*link.retry_seconds));
  if (!link.trouble.empty())
    text += fmt::format("; {} ago: {}", short_age(link.trouble_seconds.value_or(0)), bounded(link.trouble));
  return text;
}

std::string peer_of(const control::ConnectionStatus& connection) {
  if (connection.client.empty() || connection.target.empty())
    return bounded(connection.client + connection.target);
  return fmt::format("{} to {}", bounded(connection.client), bounded(connection.target));
}

std::optional<double> part(std::uint64_t some, std::uint64_t all) {
  if (all == 0) return std::nullopt;
  return static_cast<double>(std::min(some, all)) / static_cast<double>(all);
}

bool go_on(const control::FrameStatus& before, const control::FrameStatus& now) {
  return goes_on(before.sent, now.sent) && goes_on(before.lost, now.lost) &&
         goes_on(before.received, now.received) && goes_on(before.damaged, now.damaged) &&
         goes_on(before.repaired, now.repaired);
}

void take_losses(const control::FrameStatus& before, const control::FrameStatus& now, LinkRow& row) {
  row.lost_part = part(now.lost - before.lost, now.sent - before.sent);
  const std::uint64_t damaged = now.damaged - before.damaged;
  const std::uint64_t repaired = std::min(now.repaired - before.repaired, damaged);
  row.damaged_part = part(damaged - repaired, now.received - before.received + damaged);
}

LinkRow row_of(const control::LinkStatus& link, Key key) {
  LinkRow row;
  row.key = std::move(key);
  row.name = short_name(link.name);
  row.line = bounded(link.line);
  row.state = link.state == "waiting for device" ? "no device" : bounded(link.state);
  row.state_seconds = link.state_seconds;
  row.detail = detail_of(link);
  row.sent_rate = static_cast<double>(link.on_line.sent_bytes_per_second);
  row.received_rate = static_cast<double>(link.on_line.received_bytes_per_second);
  row.capacity = static_cast<double>(link.on_line.capacity_bytes_per_second);
  if (link.state == "up" || link.state == "held") row.round_trip_seconds = link.round_trip_seconds;
  row.send_queue = static_cast<double>(link.data.send_queue_bytes);
  row.receive_queue = static_cast<double>(link.data.receive_queue_bytes);
  row.connections = link.connections_now;
  return row;
}

/// "3 spoofed, 1 not allowed": those that there were.
std::string counts(std::initializer_list<std::pair<std::uint64_t, std::string_view>> all) {
  std::string text;
  for (const auto& [count, what] : all) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  }
  return text;
}

std::string packets_text(std::uint64_t sent, std::uint64_t received, std::uint64_t queued,
                         const std::string& dropped, std::uint64_t marked) {
  std::string text = fmt::format("{} packets sent, {} received, {} wait", sent, received, queued);
  if (!dropped.empty()) text += fmt::format("; dropped: {}", dropped);
  if (marked > 0) text += fmt::format("; {} marked", marked);
  return text;
}

ConnectionRow row_of(const control::IpLinkStatus& ip, Key key) {
  ConnectionRow row;
  row.name = short_name(key.name);
  row.key = std::move(key);
  row.packets = true;
  row.service = bounded(ip.service);
  row.state = bounded(ip.state);
  row.peer = bounded(ip.network);
  for (const std::string& address : ip.addresses) {
    if (row.detail.size() < Model::kMaxText)
      row.detail += fmt::format("{}{}", row.detail.empty() ? "" : ", ", bounded(address));
  }
  const std::string dropped = counts({{ip.dropped_packets, "had waited too long"},
                                      {ip.too_long_packets, "too long"},
                                      {ip.spoofed_packets, "spoofed"},
                                      {ip.refused_packets, "not allowed"},
                                      {ip.limited_packets, "too many connections"},
                                      {ip.ignored_packets, "fragments and the like"}});
  if (!row.detail.empty()) row.detail += "; ";
  row.detail +=
      packets_text(ip.sent_packets, ip.received_packets, ip.queued_packets, dropped, ip.marked_packets);
  row.sent = static_cast<double>(ip.sent_bytes);
  row.received = static_cast<double>(ip.received_bytes);
  row.sent_rate = static_cast<double>(ip.sent_bytes_per_second);
  row.received_rate = static_cast<double>(ip.received_bytes_per_second);
  return row;
}

/// Its line is that of a link: "no device" is the line's, "no peer" the device's.
std::string state_of(const control::NetStatus& net) {
  if (net.state == "waiting for device") return "no device";
  return net.state == "no device" ? "no peer" : bounded(net.state);
}

LinkRow link_row_of(const control::NetStatus& net, Key key) {
  constexpr double kBitsOfByte = 10;  // 8N1
  LinkRow row;
  row.key = std::move(key);
  row.name = short_name(net.name);
  row.line = bounded(net.line);
  row.state = state_of(net);
  if (net.state != "up") {
    row.detail = row.state;
    if (net.retry_seconds) row.detail += fmt::format(", next attempt in {}", short_age(*net.retry_seconds));
    if (!net.trouble.empty()) row.detail += fmt::format("; {}", bounded(net.trouble));
  }
  row.capacity = static_cast<double>(net.baud) / kBitsOfByte;
  row.connections = net.connections_now;
  return row;
}

ConnectionRow packets_row_of(const control::NetStatus& net, Key key) {
  ConnectionRow row;
  row.name = short_name(key.name);
  row.key = std::move(key);
  row.packets = true;
  row.service = bounded(net.protocol);
  row.state = state_of(net);
  row.peer = fmt::format("device {}", bounded(net.device_address));
  row.detail = fmt::format("{}, gateway {}", bounded(net.network), bounded(net.gateway_address));
  if (!net.name_server.empty()) row.detail += fmt::format(", name server {}", bounded(net.name_server));
  const std::string dropped = counts({{net.dropped_packets, "had waited too long"},
                                      {net.spoofed_packets, "spoofed"},
                                      {net.refused_packets, "not allowed"},
                                      {net.malformed_packets, "malformed"},
                                      {net.limited_packets, "too many connections"},
                                      {net.ignored_packets, "fragments and the like"}});
  row.detail += "; " + packets_text(net.sent_packets, net.received_packets, net.queued_packets, dropped,
                                    net.marked_packets);
  row.sent = static_cast<double>(net.sent_bytes);
  row.received = static_cast<double>(net.received_bytes);
  return row;
}

ConnectionRow row_of(const control::ConnectionStatus& connection, Key key) {
  ConnectionRow row;
  row.key = std::move(key);
  row.name = short_name(connection.id);
  row.service = bounded(connection.service);
  row.state = bounded(connection.state);
  row.peer = peer_of(connection);
  row.sent = static_cast<double>(connection.sent_bytes);
  row.received = static_cast<double>(connection.received_bytes);
  row.sent_rate = static_cast<double>(connection.sent_bytes_per_second);
  row.received_rate = static_cast<double>(connection.received_bytes_per_second);
  row.age_seconds = connection.age_seconds;
  return row;
}

}  // namespace

void Model::take(std::uint64_t process, const control::ProcessStatus& status) {
  Process& old = processes_[process];
  // It was started again.
  if (status.uptime_seconds < old.uptime_seconds) old = {};
  Process next;
  next.uptime_seconds = status.uptime_seconds;
  next.links.reserve(status.links.size());
  for (const control::LinkStatus& link : status.links) {
    add_link(link, {process, link.name}, old, next);
    for (std::size_t i = 0; i < link.ip_links.size(); ++i) {
      const std::string which = i == 0 ? "" : fmt::format("{}", i + 1);
      add_ip_link(link.ip_links[i], {process, fmt::format("{}#ip{}", link.name, which)}, old, next);
    }
    for (const control::ConnectionStatus& connection : link.connections)
      add_connection(connection, {process, connection.id}, old, next);
  }
  for (const control::NetStatus& net : status.nets) add_net(net, process, old, next);
  old = std::move(next);
}

void Model::remove(std::uint64_t process) {
  processes_.erase(process);
}

/// False if it was not there before, or was started again.
template <typename Row>
bool Model::follow(Row& row, Traffic now, const Process& old, Process& next) {
  const auto found = old.traffic.find(row.key.name);
  const bool same = found != old.traffic.end() && found->second.at <= now.at &&
                    goes_on(found->second.sent, now.sent) && goes_on(found->second.received, now.received) &&
                    goes_on(found->second.times_up, now.times_up);
  if (same) {
    const Traffic& before = found->second;
    const double seconds = now.at - before.at;
    const bool long_enough = seconds >= kMinSeconds;
    row.sent_rate = long_enough ? rate(before.sent, now.sent, seconds) : before.sent_rate;
    row.received_rate = long_enough ? rate(before.received, now.received, seconds) : before.received_rate;
  }
  now.sent_rate = row.sent_rate;
  now.received_rate = row.received_rate;
  next.traffic.insert_or_assign(row.key.name, now);
  return same;
}

void Model::add_link(const control::LinkStatus& link, Key key, const Process& old, Process& next) {
  LinkRow row = row_of(link, std::move(key));
  const double uptime = next.uptime_seconds;
  const bool same = follow(row,
                           {.at = uptime,
                            .sent = link.on_line.sent_bytes,
                            .received = link.on_line.received_bytes,
                            .times_up = link.times_up},
                           old, next);
  std::deque<Frames> frames;
  const auto before = old.frames.find(link.name);
  if (same && before != old.frames.end() && go_on(before->second.back().frames, link.frames))
    frames = before->second;
  while (frames.size() > 1 && uptime - frames[1].at >= kLossSeconds) frames.pop_front();
  if (!frames.empty()) take_losses(frames.front().frames, link.frames, row);
  frames.push_back({uptime, link.frames});
  next.frames.insert_or_assign(link.name, std::move(frames));
  next.links.push_back(std::move(row));
}

void Model::add_connection(const control::ConnectionStatus& connection, Key key, const Process& old,
                           Process& next) {
  ConnectionRow row = row_of(connection, std::move(key));
  follow(row,
         {.at = connection.age_seconds, .sent = connection.sent_bytes, .received = connection.received_bytes},
         old, next);
  next.connections.push_back(std::move(row));
}

void Model::add_ip_link(const control::IpLinkStatus& ip, Key key, const Process& old, Process& next) {
  ConnectionRow row = row_of(ip, std::move(key));
  follow(row, {.at = next.uptime_seconds, .sent = ip.sent_bytes, .received = ip.received_bytes}, old, next);
  next.connections.push_back(std::move(row));
}

void Model::add_net(const control::NetStatus& net, std::uint64_t process, const Process& old, Process& next) {
  LinkRow link = link_row_of(net, {process, net.name});
  follow(link, {.at = next.uptime_seconds, .sent = net.sent_bytes, .received = net.received_bytes}, old,
         next);
  ConnectionRow row = packets_row_of(net, {process, fmt::format("{}#ip", net.name)});
  row.sent_rate = link.sent_rate;
  row.received_rate = link.received_rate;
  next.links.push_back(std::move(link));
  next.connections.push_back(std::move(row));
}

std::vector<const LinkRow*> Model::links() const {
  std::vector<const LinkRow*> rows;
  for (const auto& [number, process] : processes_) {
    for (const LinkRow& row : process.links) rows.push_back(&row);
  }
  return rows;
}

std::vector<const ConnectionRow*> Model::connections() const {
  std::vector<const ConnectionRow*> rows;
  for (const auto& [number, process] : processes_) {
    for (const ConnectionRow& row : process.connections) rows.push_back(&row);
  }
  return rows;
}

}  // namespace serialtcp::top
