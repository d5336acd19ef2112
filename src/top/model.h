// Model: what there is to show, made from one status of a process after the other: rows, and what can only be seen
// between two of them (rates, losses of the last seconds).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/status.h"

namespace serialtcp::top {

/// One process may have a link, or a connection, with the name of another one's.
struct Key {
  std::uint64_t process = 0;
  std::string name;  ///< as the control socket has it

  auto operator<=>(const Key&) const = default;
};

/// A link, or the network of a device.
struct LinkRow {
  Key key;
  std::string name;  ///< the last part of a path
  std::string line;
  std::string state;
  std::optional<double> state_seconds;
  std::string detail;                       ///< what is wrong, in words; empty if it is up
  double sent_rate = 0, received_rate = 0;  ///< bytes a second on the line
  double capacity = 0;
  std::optional<double> round_trip_seconds;
  std::optional<double> lost_part,
      damaged_part;  ///< of what was sent, and received, in the last kLossSeconds
  double send_queue = 0, receive_queue = 0;
  std::uint64_t connections = 0;
};

/// A connection, or what passes packets: an IP link, the network of a device.
struct ConnectionRow {
  Key key;
  std::string name;  ///< "ttyUSB0#12", "ttyUSB0#ip"
  std::string service;
  std::string state;
  std::string peer;    ///< client, target, or "client to target"; of packets, the network or device
  std::string detail;  ///< of packets: addresses, how many there were, and what was dropped and why
  bool packets = false;
  double sent = 0, received = 0;
  double sent_rate = 0, received_rate = 0;
  std::optional<double> age_seconds;
};

class Model {
 public:
  /// Lost frames are those of this time, since a second has few frames on a slow line.
  static constexpr double kLossSeconds = 10;
  /// Of texts of others; no terminal has room for more.
  static constexpr std::size_t kMaxText = 600;

  /// The newest status of a process, by a number that no other one has.
  void take(std::uint64_t process, const control::ProcessStatus& status);
  void remove(std::uint64_t process);

  /// Ordered by process, then as the process has them.
  std::vector<const LinkRow*> links() const;
  std::vector<const ConnectionRow*> connections() const;
  std::size_t processes() const { return processes_.size(); }

 private:
  struct Frames {
    double at = 0;  ///< uptime of the process
    control::FrameStatus frames;
  };
  /// What the next status is compared with, of whatever sends and receives.
  struct Traffic {
    double at = 0;  ///< uptime of the process, or age of the connection
    std::uint64_t sent = 0, received = 0;
    std::uint64_t times_up = 0;
    double sent_rate = 0, received_rate = 0;
  };
  struct Process {
    double uptime_seconds = 0;
    std::vector<LinkRow> links;
    std::vector<ConnectionRow> connections;
    std::map<std::string, Traffic> traffic;            ///< by the name of its key
    std::map<std::string, std::deque<Frames>> frames;  ///< of links: the last kLossSeconds and the one before
  };

  /// The rates of a row become those since the status before, if there was one.
  template <typename Row>
  static bool follow(Row& row, Traffic now, const Process& old, Process& next);
  static void add_link(const control::LinkStatus& link, Key key, const Process& old, Process& next);
  static void add_connection(const control::ConnectionStatus& connection, Key key, const Process& old,
                             Process& next);
  static void add_ip_link(const control::IpLinkStatus& ip, Key key, const Process& old, Process& next);
  static void add_net(const control::NetStatus& net, std::uint64_t process, const Process& old,
                      Process& next);

  std::map<std::uint64_t, Process> processes_;
};

}  // namespace serialtcp::top
