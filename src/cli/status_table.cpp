#include "cli/status_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "cli/messages.h"
#include "cli/table_kind.h"
#include "os/terminal.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

using control::ConnectionStatus;
using control::LinkStatus;

constexpr std::string_view kIndent = "  ";
/// Longer texts of others are cut before anything else is done with them.
constexpr std::size_t kMaxText = 4000;

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

/// The first `width` characters.
std::string_view beginning(std::string_view text, std::size_t width) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80;
    if (begins && width-- == 0) return text.substr(0, i);
  }
  return text;
}

std::string cut(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  return fmt::format("{}...", beginning(text, width - std::min<std::size_t>(width, 3)));
}

std::string rate(std::uint64_t bytes_per_second) {
  return io::format_size(bytes_per_second) + "/s";
}

std::string span(double seconds) {
  constexpr double kMost = 1e9;
  const std::chrono::duration<double> exact(std::clamp(seconds, 0.0, kMost));
  return seconds_text(std::chrono::duration_cast<Duration>(exact));
}

/// At least in milliseconds.
std::string short_span(double seconds) {
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
  return fmt::format("{:.1f} s", seconds);
}

std::string state_line(const LinkStatus& link) {
  std::string line = fmt::format("{}: {} for {}", link.name, link.state, span(link.state_seconds));
  if (link.retry_seconds) line += fmt::format(", next attempt in {}", span(*link.retry_seconds));
  if (!link.protocol.empty()) line += fmt::format(", {}", link.protocol);
  if (link.sealed) line += ", sealed";
  if (link.reconnects > 0) line += fmt::format(", {} reconnects", link.reconnects);
  return line;
}

std::string line_line(const LinkStatus& link) {
  std::string line = fmt::format("{}, {} {}", link.line, link.baud, link.format);
  if (link.speed > link.baud)
    line = fmt::format("{}, speed {}, climbed from {}, {}", link.line, link.speed, link.baud, link.format);
  if (link.round_trip_seconds) line += fmt::format(", round trip {}", short_span(*link.round_trip_seconds));
  if (link.heard_seconds) line += fmt::format(", heard {} ago", short_span(*link.heard_seconds));
  return line;
}

struct Direction {
  std::string_view name;
  std::uint64_t line_bytes, line_bytes_per_second, capacity, data_bytes, queue_bytes;
};

std::string direction_line(const Direction& direction) {
  return fmt::format("{:<9} {} ({} of {}), data {}, queue {}", direction.name,
                     io::format_size(direction.line_bytes), rate(direction.line_bytes_per_second),
                     rate(direction.capacity), io::format_size(direction.data_bytes),
                     io::format_size(direction.queue_bytes));
}

std::string frames_line(const LinkStatus& link) {
  return fmt::format("frames    {} sent, {} lost; {} received, {} damaged, {} repaired", link.frames.sent,
                     link.frames.lost, link.frames.received, link.frames.damaged, link.frames.repaired);
}

/// A service or target, with its name if it has one.
std::string named(const std::string& service, const std::string& place) {
  return service.empty() ? place : fmt::format("{} {}", service, place);
}

std::vector<std::string> place_lines(const LinkStatus& link) {
  std::vector<std::string> lines;
  for (const control::ListenerStatus& listener : link.listeners) {
    const std::string where = listener.address.empty() ? listener.place + " (not yet)"
                                                       : fmt::format("{}", fmt::join(listener.address, ", "));
    lines.push_back(fmt::format("listening {}", named(listener.service, where)));
  }
  for (const control::TargetStatus& target : link.targets)
    lines.push_back(fmt::format("target    {}", named(target.service, target.target)));
  return lines;
}

std::vector<std::string> ip_lines(const control::IpLinkStatus& ip) {
  std::vector<std::string> lines{
      fmt::format("IP link   {}: {}{}{}", named(ip.service, ip.network), ip.state,
                  ip.addresses.empty() ? "" : ", ", fmt::join(ip.addresses, ", ")),
      fmt::format("  packets {} sent ({}, {}), {} received ({}, {}), {} wait", ip.sent_packets,
                  io::format_size(ip.sent_bytes), rate(ip.sent_bytes_per_second), ip.received_packets,
                  io::format_size(ip.received_bytes), rate(ip.received_bytes_per_second), ip.queued_packets)};
  std::string dropped;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) dropped += fmt::format("{}{} {}", dropped.empty() ? "" : ", ", count, what);
  };
  add(ip.dropped_packets, "had waited too long");
  add(ip.too_long_packets, "too long");
  add(ip.spoofed_packets, "spoofed");
  add(ip.refused_packets, "not allowed");
  add(ip.limited_packets, "too many connections");
  add(ip.ignored_packets, "fragments and the like");
  if (!dropped.empty()) lines.push_back("  dropped " + dropped);
  if (ip.marked_packets > 0)
    lines.push_back(fmt::format("  marked  {} (to slow their senders down)", ip.marked_packets));
  return lines;
}

std::string connection_head() {
  return fmt::format("{:<5} {:<8} {:<11} {:>7} {:>8} {:>8} {:>6}  {}", "ID", "SERVICE", "STATE", "SENT",
                     "RECEIVED", "RATE", "AGE", "PEER");
}

std::string connection_line(const ConnectionStatus& connection) {
  const std::size_t hash = connection.id.rfind('#');
  const std::string number = hash == std::string::npos ? connection.id : connection.id.substr(hash);
  const std::string& client = connection.client;
  const std::string& target = connection.target;
  const std::string whom =
      client.empty() || target.empty() ? client + target : fmt::format("{} to {}", client, target);
  return fmt::format("{:<5} {:<8} {:<11} {:>7} {:>8} {:>8} {:>6}  {}", number, cut(connection.service, 8),
                     connection.state, io::format_size(connection.sent_bytes),
                     io::format_size(connection.received_bytes),
                     rate(connection.sent_bytes_per_second + connection.received_bytes_per_second),
                     span(connection.age_seconds), whom);
}

}  // namespace

std::size_t terminal_width() {
  return std::max(io::terminal_width(), kTableWidth);
}

std::vector<std::string> link_lines(const LinkStatus& link) {
  const control::LineStatus& line = link.on_line;
  std::vector<std::string> lines{
      state_line(link), line_line(link),
      direction_line({"sent", line.sent_bytes, line.sent_bytes_per_second, line.capacity_bytes_per_second,
                      link.data.sent_bytes, link.data.send_queue_bytes}),
      direction_line({"received", line.received_bytes, line.received_bytes_per_second,
                      line.capacity_bytes_per_second, link.data.received_bytes,
                      link.data.receive_queue_bytes}),
      frames_line(link)};
  if (!link.trouble.empty())
    lines.push_back(fmt::format("trouble   {} ago: {}", span(link.trouble_seconds.value_or(0)),
                                std::string_view(link.trouble).substr(0, kMaxText)));
  if (!link.not_replaced.empty())
    lines.push_back(fmt::format("not replaced by the last reload: {}",
                                std::string_view(link.not_replaced).substr(0, kMaxText)));
  return lines;
}

std::string standing_line(const std::string& name, const std::string& state,
                          const std::optional<double>& retry_seconds) {
  std::string line = fmt::format("{}: {}", name, state);
  if (retry_seconds) line += fmt::format(", next attempt in {}", span(*retry_seconds));
  return line;
}

void add_trouble(std::vector<std::string>& lines, const std::string& trouble) {
  if (trouble.empty()) return;
  lines.push_back(fmt::format("trouble   {}", std::string_view(trouble).substr(0, kMaxText)));
}

std::string status_table(const control::ProcessStatus& status, std::size_t width) {
  std::string table;
  const auto add = [&](std::string_view indent, std::string_view line) {
    table += fmt::format("{}{}\n", indent, cut(line, width - indent.size()));
  };
  add("",
      fmt::format("serialtcp {}, process {}, running for {}{}{}", status.version, status.pid,
                  span(status.uptime_seconds), status.config_file.empty() ? "" : ", ", status.config_file));
  const auto add_lines = [&](const std::vector<std::string>& lines) {
    table += "\n";
    std::string_view indent;
    for (const std::string& line : lines) {
      add(indent, line);
      indent = kIndent;
    }
  };
  for (const LinkStatus& link : status.links) {
    add_lines(link_lines(link));
    for (const std::string& line : place_lines(link)) add(kIndent, line);
    for (const control::IpLinkStatus& ip : link.ip_links) {
      for (const std::string& line : ip_lines(ip)) add(kIndent, line);
    }
    if (link.connections.empty()) continue;
    add(kIndent, connection_head());
    for (const ConnectionStatus& connection : link.connections) add(kIndent, connection_line(connection));
  }
  for (const TableKindOf kind : table_kinds()) {
    for (const StatusLines& one : kind().status_lines(status)) add_lines(one.lines);
  }
  return table;
}

}  // namespace serialtcp::cli
