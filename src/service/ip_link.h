// IpLink: one end of an IP link: the network of this end (net/packet_port), the queue in front of the line
// (ip/flow_queue), and two streams of datagrams with packed headers, its lanes. What has just begun to send and is short
// goes by the urgent lane, ahead of a packet that the line has begun with. The queue decides late: a lane is given its
// next packet when the line is about to be done with the one before. Does not know who opens the streams.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bucket.h"
#include "driver/connections.h"
#include "ip/flow_queue.h"
#include "ip/source_check.h"
#include "net/packet_port.h"
#include "os/alarm.h"
#include "service/datagram_flow.h"

namespace serialtcp::io {

/// What the user has said of it.
struct IpTerms {
  std::string service = {};                     ///< its name
  std::optional<std::uint64_t> limit = {};      ///< bytes of packets per second in each direction
  std::optional<ip::SourceCheck> sources = {};  ///< of packets from the other end
};

class IpLink {
 public:
  /// The largest packet that is carried. It does not depend on the frames of the link.
  static constexpr std::size_t kMostPacket = 1500;
  /// The largest one that can be urgent, so that others need not wait long for it.
  static constexpr std::size_t kMostUrgent = 300;

  enum class LaneKind : std::uint8_t { urgent, bulk };
  /// Both streams have ended; what follows "the IP link of ip:tun0 has ended: ".
  using Over = std::function<void(ResetReason reason)>;

  /// `connections` must outlive it.
  IpLink(Connections& connections, std::unique_ptr<PacketPort> port, IpTerms terms);
  ~IpLink();
  IpLink(const IpLink&) = delete;
  IpLink& operator=(const IpLink&) = delete;

  void on_over(Over over) { over_ = std::move(over); }
  const PacketPort& port() const { return *port_; }
  const IpTerms& terms() const { return terms_; }

  /// The network of this end, if it is not open yet. The error is a whole sentence.
  std::expected<void, std::string> open_port();
  /// By which lane a stream of this priority carries packets; and the priority of a lane.
  static LaneKind lane_of(Priority priority);
  static Priority priority_of(LaneKind lane);

  /// Carries packets by this stream from now on. One that there was for this lane is reset.
  void carry(LaneKind lane, StreamId id);
  bool has_lanes() const { return lanes_[0] && lanes_[1]; }
  /// Ends both streams, also at the other end.
  void end(std::string_view why);
  /// While the line or the peer is away, packets are dropped.
  void pause() { paused_ = true; }
  void go_on();
  IpFigures ip_figures(Time now) const;

 private:
  class Lane;

  void from_network(ByteView packet);
  void from_other_end(ByteView packet);
  void answer_too_long(ByteView packet);
  void follow_line(Time now);
  void pump();
  bool may_send(Time now);
  void send(Lane& lane, ByteView packet, Time now);
  void remember_bulk(ByteView packet, Time now);
  std::optional<ip::FlowKey> flow_in_bulk(Time now) const;
  void lane_over(ResetReason reason, std::string_view why);
  void drop_lanes();
  StreamFigures figures(Time now) const;
  std::string tally() const;

  Connections& connections_;
  std::unique_ptr<PacketPort> port_;
  IpTerms terms_;
  Over over_;
  ip::FlowQueue queue_;
  std::array<std::shared_ptr<Lane>, 2> lanes_ = {};
  std::uint64_t rate_ = 0;  ///< of the line, as the queue knows it
  Time rate_known_ = Time::min();
  std::optional<base::Bucket> out_, in_;  ///< with a limit
  Alarm limit_alarm_;
  base::Bucket answers_;  ///< "packet too big"
  std::optional<ip::FlowKey> bulk_flow_ = {};
  Time bulk_sent_ = Time::min();
  bool paused_ = false;
  std::uint64_t number_ = 0;  ///< as a connection
  Time since_ = {};
  DatagramFlow sent_, received_;          ///< as a connection
  DatagramFlow all_sent_, all_received_;  ///< since this object is there
  std::uint64_t refused_sources_ = 0, too_long_ = 0;
};

}  // namespace serialtcp::io
