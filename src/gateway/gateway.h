// Gateway: the network of a device whose only interface is a serial line with PPP or SLIP on it. Keeps the line open, finds out
// what the device speaks, and moves packets between the line and an Uplink, which is the network of this machine
// (DeviceNetwork) if no other one is given.
//
//   line -> modem -> detector -> DatagramLink -> Uplink -> libslirp
//   line <- pace  <- DatagramLink <- FlowQueue <-----------'
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bucket.h"
#include "gateway/detector.h"
#include "gateway/gateway_config.h"
#include "gateway/host_side.h"
#include "gateway/modem.h"
#include "gateway/pace.h"
#include "gateway/port_forward.h"
#include "gateway/uplink.h"
#include "ip/datagram_link.h"
#include "ip/flow_queue.h"
#include "nat/network.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/observer.h"
#include "os/undumpable.h"
#include "port/line.h"
#include "port/line_keeper.h"
#include "ppp/config.h"

namespace serialtcp::gateway {

class Gateway final : private io::LineKeeper::User {
 public:
  /// A device that has said nothing that can be understood for so long is reported.
  static constexpr Duration kPatience = std::chrono::seconds(10);
  /// Packets that wait for the line. More of a flow are dropped, which its sender takes as a sign to slow down.
  static constexpr std::size_t kMostQueued = 512 * 1024;
  static constexpr std::size_t kMostPackets = 512;
  /// A packet towards the device takes at most this time of the line, if it is one of a connection: an echo waits behind it.
  /// Where each has a whole header (no RFC 1144), shorter packets would cost too much of the line.
  static constexpr Duration kLongestPacket = std::chrono::milliseconds(50);
  static constexpr Duration kLongestWithHeader = std::chrono::milliseconds(84);
  /// One connection to the device has so much of the line's time under way.
  static constexpr Duration kSpared = std::chrono::milliseconds(400);
  static constexpr std::size_t kLeastMtu = 296;
  /// Links with a login that come to nothing: so many at once, and then one in kLoginPause.
  static constexpr std::size_t kLoginsAtOnce = 5;
  static constexpr std::chrono::seconds kLoginPause{10};
  static constexpr std::size_t kMostMtu = 1500;

  /// References outlive it.
  Gateway(io::asio::io_context& context, const GatewayConfig& config, io::Observer& observer);
  /// With a network other than that of this machine. Of `addresses`, the gateway's and the device's count.
  Gateway(io::asio::io_context& context, const GatewayConfig& config, io::Observer& observer, Uplink& uplink,
          const nat::NetworkConfig& addresses);
  ~Gateway() override;

  /// Opens the line or waits for it, and listens. The error is a sentence.
  std::expected<void, std::string> start();
  /// Closes everything.
  void stop();
  /// A packet for the device. Dropped while none pass.
  void to_device(ByteView packet);
  /// Called once when the line has ended and cannot come back, with a sentence.
  void when_ended(std::function<void(const std::string&)> ended) { ended_ = std::move(ended); }

  struct Figures {
    bool open = false;  ///< the line is there
    Speech speech = Speech::unknown;
    bool up = false;  ///< packets pass
    std::string network = {}, device = {}, gateway = {}, name_server = {};
    std::vector<std::string> places = {};
    std::size_t connections = 0;  ///< open for the device, in both directions
    std::uint64_t received_bytes = 0, sent_bytes = 0;
    std::uint64_t received_packets = 0, sent_packets = 0;
    PacketCounts packets = {};
    ip::FlowQueueCounters queue = {};
    std::size_t queued_packets = 0;
  };
  Figures figures() const;
  std::size_t lookups_running() const { return network_ ? network_->lookups_running() : 0; }

 private:
  // LineKeeper::User
  void line_delivered(ByteView bytes) override;
  void line_writable() override { pump(); }
  bool line_wanted() override { return true; }
  void line_opened() override;
  void line_lost() override;
  void line_unusable(const std::string& reason) override;
  void line_ended(const std::string& reason) override;

  std::expected<std::string, std::string> open_network();
  std::expected<void, std::string> open_interface();
  void interface_lost(const std::string& why);
  std::uint32_t told_name_server() const;
  void describe_start();
  std::expected<void, std::string> open_forwards();
  bool finds_out() const { return config_.protocol == GatewayConfig::Protocol::automatic; }
  bool answers_calls() const { return config_.modem || finds_out(); }
  Speech known_speech() const;
  Speech speech() const;
  void take(ByteView bytes, Time now);
  void maybe_a_call(ByteView bytes, Time now);
  void obey_modem();
  std::expected<void, std::string> read_logins();
  bool device_logs_in() const { return !logins_.empty() && config_.device_logs_in; }
  bool may_begin(Speech speech, Time now);
  void start_link(Speech speech);
  void take_datagram(Bytes datagram, Time now);
  void drop_link();
  void feed(ByteView bytes, Time now);
  void take_reports(Time now);
  void choose_mtu(std::uint64_t rate, std::size_t largest);
  void link_is_up();
  std::uint16_t window() const;
  void fill_link(std::size_t room, Time now);
  void pump();
  void schedule();
  void due();
  void tell_silence();
  void say(std::string text);

  io::asio::io_context& context_;
  const GatewayConfig config_;
  io::Observer& observer_;
  nat::NetworkConfig addresses_;
  std::unique_ptr<io::Line> line_;
  std::optional<io::LineKeeper> keeper_;
  std::unique_ptr<HostSide> network_;  ///< unless another network is given
  Uplink* uplink_;
  std::list<std::unique_ptr<PortForward>> forwards_;
  Modem modem_;
  Detector detector_;
  std::unique_ptr<ip::DatagramLink> link_;
  bool up_told_ = false;
  std::size_t mtu_ = kLeastMtu;               ///< of the link that is up
  std::optional<io::Undumpable> undumpable_;  ///< while there are passwords
  std::vector<ppp::Login> logins_;
  /// A unit is a second of kLoginPause.
  base::Bucket login_tries_{kLoginsAtOnce * kLoginPause.count(), 1};
  bool tries_told_ = false;
  io::Alarm begin_again_;
  /// Segments of TCP fit packets of so many bytes, in both directions; 0: the ends of the link agree on that.
  std::size_t segment_mtu_ = 0;
  std::optional<ip::FlowQueue> queue_;
  Pace pace_;
  Bytes unwritten_;  ///< given out for the line, and not accepted by it yet
  bool pumping_ = false;
  io::Alarm alarm_;
  io::Alarm patience_;
  Time heard_ = {};
  std::uint64_t received_bytes_ = 0, sent_bytes_ = 0;
  std::uint64_t received_packets_ = 0, sent_packets_ = 0;
  std::uint64_t received_since_open_ = 0;
  std::optional<std::string> unusable_;
  bool started_ = false;
  std::function<void(const std::string&)> ended_;
};

}  // namespace serialtcp::gateway
