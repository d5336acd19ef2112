#include "top/model.h"

#include <fmt/format.h>

#include <algorithm>
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
    add_link(link, {process, link.name}, status.uptime_seconds, old, next);
    for (const control::ConnectionStatus& connection : link.connections)
      add_connection(connection, {process, connection.id}, old, next);
  }
  old = std::move(next);
}

void Model::remove(std::uint64_t process) {
  processes_.erase(process);
}

void Model::add_link(const control::LinkStatus& link, Key key, double uptime, const Process& old,
                     Process& next) {
  LinkRow row = row_of(link, std::move(key));
  LinkBefore now{.at = uptime, .line = link.on_line, .times_up = link.times_up, .frames = {}};
  const auto found = old.links_before.find(link.name);
  const LinkBefore* before = found == old.links_before.end() ? nullptr : &found->second;
  if (before != nullptr && !(goes_on(before->line.sent_bytes, link.on_line.sent_bytes) &&
                             goes_on(before->line.received_bytes, link.on_line.received_bytes) &&
                             goes_on(before->times_up, link.times_up)))
    before = nullptr;
  if (before != nullptr) {
    const double seconds = uptime - before->at;
    if (seconds >= kMinSeconds) {
      row.sent_rate = rate(before->line.sent_bytes, link.on_line.sent_bytes, seconds);
      row.received_rate = rate(before->line.received_bytes, link.on_line.received_bytes, seconds);
    } else {
      row.sent_rate = before->sent_rate;
      row.received_rate = before->received_rate;
    }
    if (!before->frames.empty() && go_on(before->frames.back().frames, link.frames))
      now.frames = before->frames;
  }
  while (now.frames.size() > 1 && uptime - now.frames[1].at >= kLossSeconds) now.frames.pop_front();
  if (!now.frames.empty()) take_losses(now.frames.front().frames, link.frames, row);
  now.frames.push_back({uptime, link.frames});
  now.sent_rate = row.sent_rate;
  now.received_rate = row.received_rate;
  next.links_before.insert_or_assign(link.name, std::move(now));
  next.links.push_back(std::move(row));
}

void Model::add_connection(const control::ConnectionStatus& connection, Key key, const Process& old,
                           Process& next) {
  ConnectionRow row = row_of(connection, std::move(key));
  const auto found = old.connections_before.find(connection.id);
  if (found != old.connections_before.end()) {
    const ConnectionBefore& before = found->second;
    const bool same = connection.age_seconds >= before.age && goes_on(before.sent, connection.sent_bytes) &&
                      goes_on(before.received, connection.received_bytes);
    const double seconds = connection.age_seconds - before.age;
    if (same && seconds >= kMinSeconds) {
      row.sent_rate = rate(before.sent, connection.sent_bytes, seconds);
      row.received_rate = rate(before.received, connection.received_bytes, seconds);
    } else if (same) {
      row.sent_rate = before.sent_rate;
      row.received_rate = before.received_rate;
    }
  }
  next.connections_before.insert_or_assign(
      connection.id, ConnectionBefore{connection.age_seconds, connection.sent_bytes,
                                      connection.received_bytes, row.sent_rate, row.received_rate});
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
