// What Link tells of itself.
#include <fmt/format.h>

#include <utility>

#include "cli/link.h"
#include "control/link_state.h"
#include "os/clock.h"
#include "os/files.h"

namespace serialtcp::cli {

namespace {

double since(Time time) {
  return std::max(to_seconds(io::now() - time), 0.0);
}

std::string_view state_name(io::LinkState state) {
  using enum io::LinkState;
  namespace names = control::link_state;
  switch (state) {
    case starting:
      break;
    case waiting_for_device:
      return names::kWaitingForDevice;
    case no_peer:
      return names::kNoPeer;
    case up:
      return names::kUp;
    case held:
      return names::kHeld;
    case stopping:
      return names::kStopping;
  }
  return names::kStarting;
}

std::string state_name(io::StreamFigures::State state) {
  using enum io::StreamFigures::State;
  switch (state) {
    case connecting:
      return "connecting";
    case open:
      break;
    case half_closed:
      return "half closed";
    case ending:
      return "ending";
  }
  return "open";
}

std::string protocol_name(const std::optional<Protocol>& protocol) {
  if (!protocol) return "";
  return *protocol == Protocol::original ? "original" : "serialtcp 2";
}

std::string role_name(const LinkOptions& options) {
  const Roles forwards = forward_roles(options);
  const bool server = !options.servers.empty() || forwards.server;
  const bool client = !options.clients.empty() || forwards.client;
  return server && client ? "both" : server ? "server" : "client";
}

/// "8N1"
std::string format_name(const io::SerialSettings& serial) {
  constexpr std::string_view kParities = "NEOSM";  // in the order of io::Parity
  const std::string_view stop = serial.stop_bits == io::StopBits::one   ? "1"
                                : serial.stop_bits == io::StopBits::two ? "2"
                                                                        : "1.5";
  return fmt::format("8{}{}", kParities[static_cast<std::size_t>(serial.parity)], stop);
}

void take_figures(const io::LinkFigures& figures, control::LinkStatus& status) {
  const Stats& stats = figures.stats;
  status.state = state_name(figures.state);
  status.state_seconds = since(figures.since);
  status.protocol = protocol_name(figures.protocol);
  status.speed = figures.speed;
  if (stats.round_trip_ns > 0) status.round_trip_seconds = static_cast<double>(stats.round_trip_ns) / 1e9;
  if (figures.heard) status.heard_seconds = since(*figures.heard);
  if (figures.unanswered_since) status.awaited_seconds = since(*figures.unanswered_since);
  status.times_up = figures.links_up;
  status.reconnects = figures.links_up > 0 ? figures.links_up - 1 : 0;
  status.on_line = {.sent_bytes = figures.line_sent.bytes,
                    .received_bytes = figures.line_received.bytes,
                    .sent_bytes_per_second = figures.line_sent.bytes_per_second,
                    .received_bytes_per_second = figures.line_received.bytes_per_second,
                    .capacity_bytes_per_second = stats.rate_bytes_per_second,
                    .noise_bytes = stats.junk_bytes,
                    .lost_times = figures.lines_lost};
  status.frames = {.sent = stats.frames_sent,
                   .received = stats.frames_received,
                   .damaged = stats.frames_damaged,
                   .repaired = stats.frames_mended,
                   .lost = stats.frames_lost,
                   .in_flight = stats.frames_in_flight};
  status.data = {.sent_bytes = stats.payload_bytes_sent,
                 .received_bytes = stats.payload_bytes_received,
                 .retransmitted_bytes = stats.payload_bytes_resent,
                 .compressed_bytes = stats.packed_payload_bytes,
                 .compressed_to_bytes = stats.packed_bytes_sent,
                 .send_queue_bytes = stats.send_buffer_bytes,
                 .receive_queue_bytes = stats.receive_buffer_bytes,
                 .sent_datagrams = stats.datagrams_sent,
                 .received_datagrams = stats.datagrams_received,
                 .dropped_datagrams = stats.datagrams_dropped};
  status.streams_opened = stats.streams_opened;
  status.streams_reset = stats.streams_reset;
}

void take_failure(const StartRetry::Failure& failure, control::LinkStatus& status) {
  status.state = control::link_state::kCannotStart;
  status.state_seconds = since(failure.since);
  status.retry_seconds = std::max(to_seconds(failure.next - io::now()), 0.0);
  status.trouble = failure.reason;
  status.trouble_seconds = since(failure.latest);
}

control::ConnectionStatus status_of(const io::ConnectionFigures& figures, const std::string& link) {
  return {.id = fmt::format("{}#{}", link, figures.number),
          .service = figures.service,
          .kind = figures.kind == StreamKind::datagrams ? "datagrams" : "stream",
          .state = state_name(figures.state),
          .client = figures.client,
          .target = figures.target,
          .age_seconds = since(figures.since),
          .sent_bytes = figures.sent.bytes,
          .received_bytes = figures.received.bytes,
          .sent_bytes_per_second = figures.sent.bytes_per_second,
          .received_bytes_per_second = figures.received.bytes_per_second,
          .sent_datagrams = figures.sent.datagrams,
          .received_datagrams = figures.received.datagrams};
}

std::string_view state_name(io::IpFigures::State state) {
  using enum io::IpFigures::State;
  switch (state) {
    case closed:
      break;
    case open:
      return "no link";
    case up:
      return "up";
  }
  return "no network";
}

control::IpLinkStatus status_of(const io::IpFigures& figures) {
  return {.service = figures.service,
          .network = figures.network,
          .state = std::string(state_name(figures.state)),
          .addresses = figures.addresses,
          .sent_bytes = figures.sent.bytes,
          .received_bytes = figures.received.bytes,
          .sent_bytes_per_second = figures.sent.bytes_per_second,
          .received_bytes_per_second = figures.received.bytes_per_second,
          .sent_packets = figures.sent.datagrams,
          .received_packets = figures.received.datagrams,
          .queued_packets = figures.queued,
          .dropped_packets = figures.dropped,
          .marked_packets = figures.marked,
          .too_long_packets = figures.too_long,
          .spoofed_packets = figures.spoofed,
          .refused_packets = figures.refused,
          .limited_packets = figures.limited,
          .ignored_packets = figures.ignored};
}

}  // namespace

control::LinkStatus Link::status(std::uint64_t after, std::size_t most) const {
  control::LinkStatus status;
  status.name = name();
  status.line = options_.port;
  status.role = role_name(options_);
  status.state = control::link_state::kStarting;
  status.baud = options_.serial.baud;
  status.format = format_name(options_.serial);
  status.sealed = options_.key_file.has_value();
  status.not_replaced = not_replaced_;
  for (const ClientSpec& spec : options_.clients) status.targets.push_back({spec.name, spec.place->text()});
  if (const auto& failure = retry_.failure()) {
    take_failure(*failure, status);
    return status;
  }
  if (const auto& trouble = reporter_.trouble()) {
    status.trouble = trouble->text;
    status.trouble_seconds = since(trouble->at);
  }
  if (listeners_) status.listeners = listeners_->status();
  if (!driver_) return status;
  if (options_.seek_speed && driver_->line_speed() != 0) status.baud = driver_->line_speed();
  take_figures(driver_->figures(), status);
  const io::Connections& connections = driver_->connections();
  for (const io::IpFigures& figures : connections.ip_figures(io::now()))
    status.ip_links.push_back(status_of(figures));
  status.connections_now = connections.count(io::now());
  for (const io::ConnectionFigures& figures : connections.figures(after, most, io::now()))
    status.connections.push_back(status_of(figures, status.name));
  return status;
}

bool Link::is_called(std::string_view name) const {
  const std::string_view own = this->name();
  return own == name || options_.port == name || io::file_name(own) == name;
}

}  // namespace serialtcp::cli
