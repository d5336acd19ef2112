// The state of a running program, as values: what `serialtcp status` shows, and whatever else shows it (JSON, metrics,
// a page) is made from it. Units are in the names; all durations are until the moment of the snapshot. A field is the
// name of its JSON member (control/status_fields.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace serialtcp::control {

/// A connection through the cable.
struct ConnectionStatus {
  std::string id;       ///< NAME#N: the link's name, and the number that the log has
  std::string service;  ///< its name; empty: the default service, or a forward
  std::string kind;     ///< "stream" or "datagrams"
  std::string state;    ///< "connecting", "open", "half closed", "ending"
  std::string client;   ///< whose connection it is, if this end has accepted it
  std::string target;   ///< what it goes to, as far as this end knows it
  double age_seconds = 0;
  std::uint64_t sent_bytes = 0;  ///< to the other end of the line, as the client or target has them
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes_per_second = 0;  ///< over the last 5 s
  std::uint64_t received_bytes_per_second = 0;
  std::uint64_t sent_datagrams = 0;
  std::uint64_t received_datagrams = 0;

  bool operator==(const ConnectionStatus&) const = default;
};

/// Where clients connect.
struct ListenerStatus {
  std::string service;
  std::string kind;                  ///< "service", "forward" or "proxy"
  std::string place;                 ///< as the user wrote it
  std::vector<std::string> address;  ///< where it listens; none: its name is still being looked up

  bool operator==(const ListenerStatus&) const = default;
};

/// What the other end can have this one connect to, by the name of a service.
struct TargetStatus {
  std::string service;
  std::string target;

  bool operator==(const TargetStatus&) const = default;
};

/// Everything that went over the line, of whatever kind.
struct LineStatus {
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes_per_second = 0;  ///< over the last 5 s
  std::uint64_t received_bytes_per_second = 0;
  std::uint64_t capacity_bytes_per_second = 0;  ///< measured, in one direction; the nominal one before that
  std::uint64_t noise_bytes = 0;                ///< received outside of any correct frame
  std::uint64_t lost_times = 0;                 ///< how often the device went away

  bool operator==(const LineStatus&) const = default;
};

struct FrameStatus {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t damaged = 0;    ///< received with a wrong check value
  std::uint64_t repaired = 0;   ///< of these
  std::uint64_t lost = 0;       ///< sent, and did not arrive
  std::uint64_t in_flight = 0;  ///< now

  bool operator==(const FrameStatus&) const = default;
};

/// The content of all connections.
struct DataStatus {
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t retransmitted_bytes = 0;  ///< as they are on the line, so fewer where they are compressed
  std::uint64_t compressed_bytes = 0;     ///< the part of sent_bytes that was compressed ...
  std::uint64_t compressed_to_bytes = 0;  ///< ... and what became of it
  std::uint64_t send_queue_bytes = 0;     ///< now: accepted, and not acknowledged by the other end
  std::uint64_t receive_queue_bytes = 0;  ///< now: arrived, and not accepted by the target or client
  std::uint64_t sent_datagrams = 0;
  std::uint64_t received_datagrams = 0;
  std::uint64_t dropped_datagrams = 0;

  bool operator==(const DataStatus&) const = default;
};

/// One end of an IP link (a service of kind ip), since the link was started.
struct IpLinkStatus {
  std::string service;  ///< its name; empty: the default service
  std::string network;  ///< of this end: "ip:tun0"
  std::string state;    ///< "up" (packets pass), "no link", "no network" (that of this end is not there)
  std::vector<std::string> addresses;  ///< "10.9.0.1", "gateway 10.0.2.2"
  std::uint64_t sent_bytes = 0;        ///< of packets, to the other end
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes_per_second = 0;  ///< over the last 5 s
  std::uint64_t received_bytes_per_second = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t received_packets = 0;
  std::uint64_t queued_packets = 0;    ///< for the other end, now
  std::uint64_t dropped_packets = 0;   ///< for the other end: they waited too long, or too many waited
  std::uint64_t marked_packets = 0;    ///< instead of being dropped (ECN)
  std::uint64_t too_long_packets = 0;  ///< for the other end: longer than what is carried
  std::uint64_t spoofed_packets = 0;   ///< with a source that they may not have; dropped
  std::uint64_t refused_packets = 0;   ///< not allowed by the network of this end; the other one was told
  std::uint64_t limited_packets = 0;   ///< would have opened too many connections there
  std::uint64_t ignored_packets = 0;   ///< fragments, multicast, no packets at all

  bool operator==(const IpLinkStatus&) const = default;
};

struct LinkStatus {
  std::string name;  ///< of the configuration; else the line
  std::string line;  ///< as the user wrote it
  std::string role;  ///< "server", "client", "both"
  /// "starting", "cannot start" (`trouble` says why), "waiting for device", "no peer", "up", "held" (connections are kept, but the other end is not heard),
  /// "stopping".
  std::string state;
  double state_seconds = 0;             ///< since when
  std::optional<double> retry_seconds;  ///< until the next attempt to start it, if it cannot start
  std::uint64_t baud = 0;               ///< the speed that was set
  std::uint64_t speed = 0;              ///< the speed of the line now, which may have climbed; 0: it has none
  std::string format;                   ///< "8N1"
  std::string protocol;  ///< of the other end: "serialtcp 2" or "original"; empty without a link
  bool sealed = false;   ///< the link is encrypted
  std::optional<double> round_trip_seconds;
  std::optional<double> heard_seconds;    ///< since the last correct frame of the other end
  std::optional<double> awaited_seconds;  ///< since when an answer is due
  std::uint64_t times_up = 0;             ///< how often the link came up
  std::uint64_t reconnects = 0;           ///< how often after the first time
  std::string trouble;  ///< the last message about something that is wrong; empty: none so far
  std::optional<double> trouble_seconds;  ///< since then
  std::string not_replaced;  ///< why the last reload has left it with its old options; empty: it has not
  LineStatus on_line;
  FrameStatus frames;
  DataStatus data;
  std::uint64_t streams_opened = 0;  ///< by either end
  std::uint64_t streams_reset = 0;
  std::uint64_t connections_now = 0;  ///< also those that the snapshot leaves out
  std::vector<ListenerStatus> listeners;
  std::vector<TargetStatus> targets;
  std::vector<IpLinkStatus> ip_links;
  std::vector<ConnectionStatus> connections;  ///< in the order of their numbers

  bool operator==(const LinkStatus&) const = default;
};

/// A serial port that clients share.
struct ShareStatus {
  std::string name;  ///< of the configuration; else the device
  std::string device;
  std::string state;                    ///< "open", "waiting for device", "cannot start" (`trouble` says why)
  std::optional<double> retry_seconds;  ///< until the next attempt to start it, if it cannot start
  std::string trouble;              ///< the last message about something that is wrong; empty: none so far
  std::uint64_t baud = 0;           ///< the speed that is in force
  std::string format;               ///< "8N1"
  std::vector<std::string> places;  ///< where clients come from: "127.0.0.1:4000 (raw)"
  std::uint64_t clients_now = 0;
  std::string writer;                ///< which client has the port for writing; empty: none, or all
  std::uint64_t received_bytes = 0;  ///< by the port
  std::uint64_t written_bytes = 0;   ///< to the port
  std::uint64_t lost_bytes = 0;      ///< for clients that read too slowly, all together

  bool operator==(const ShareStatus&) const = default;
};

/// The network of a device at a serial line.
struct NetStatus {
  std::string name;  ///< of the configuration; else the line
  std::string line;
  std::string
      state;  ///< "up", "no device", "waiting for device" (the line), "cannot start" (`trouble` says why)
  std::optional<double> retry_seconds;  ///< until the next attempt to start it, if it cannot start
  std::string trouble;     ///< the last message about something that is wrong; empty: none so far
  std::uint64_t baud = 0;  ///< the speed that was set
  std::string protocol;    ///< "PPP", "SLIP", "CSLIP"; empty: the device has not said anything yet
  std::string network;     ///< "10.0.2.0/24"
  std::string device_address;
  std::string gateway_address;
  std::string name_server;  ///< empty: none
  std::vector<std::string>
      places;  ///< where connections to the device come from: "127.0.0.1:8080 (port 80 of the device)"
  std::uint64_t connections_now = 0;  ///< of the device, with its flows of datagrams
  std::uint64_t received_bytes = 0;   ///< on the line
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_packets = 0;  ///< from the device
  std::uint64_t sent_packets = 0;
  std::uint64_t refused_packets = 0;  ///< not allowed; the device was told
  std::uint64_t spoofed_packets = 0;  ///< from an address that is not the device's
  std::uint64_t malformed_packets = 0;
  std::uint64_t ignored_packets = 0;  ///< fragments, multicast, broadcast
  std::uint64_t limited_packets = 0;  ///< would have opened more connections than a device may have
  std::uint64_t queued_packets = 0;   ///< for the device, now
  std::uint64_t dropped_packets = 0;  ///< for the device, since they waited too long or too many waited
  std::uint64_t marked_packets = 0;   ///< instead of being dropped (ECN)

  bool operator==(const NetStatus&) const = default;
};

struct ProcessStatus {
  std::string version;
  std::uint64_t pid = 0;
  double uptime_seconds = 0;
  std::string config_file;  ///< empty: it was started with options of one link
  std::string log_level;    ///< "warning", "info", "verbose" or "debug"
  std::vector<LinkStatus> links;
  std::vector<ShareStatus> shares;
  std::vector<NetStatus> nets;

  bool operator==(const ProcessStatus&) const = default;
};

}  // namespace serialtcp::control
