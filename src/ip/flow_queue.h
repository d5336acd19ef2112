// FlowQueue: datagrams that wait for a line, in one queue for each flow, as in RFC 8290 (FQ-CoDel). Flows take turns
// (deficit round robin), those that have just begun to send come first, and each is told by itself to slow down
// (CoDel). So an echo beside a bulk transfer waits for one packet of it, and not for all that are queued.
//
// What differs from the RFC: each flow has a queue of its own instead of sharing one of 1024 by a hash, since few flows
// are active on a slow line; CoDel spares a flow of which only a few packets wait (spared()), since TCP with less than four
// under way answers a loss by a retransmission time-out (RFC 5681, section 3.2), which leaves a slow line idle; and the flows that have just begun may send only `kNewRun` quanta in a row while others
// wait, so that someone who opens a new flow for each packet does not stop all others.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>

#include "ip/codel.h"
#include "ip/flow.h"

namespace serialtcp::ip {

struct FlowQueueLimits {
  std::size_t packets = 256;  ///< at least 1
  std::size_t bytes = 256 * 1024;
  /// What of a flow is never dropped early takes at most this time of the line (or two packets).
  Duration spared = std::chrono::milliseconds(200);
};

/// What has happened since the start.
struct FlowQueueCounters {
  std::uint64_t passed = 0, passed_bytes = 0;
  std::uint64_t dropped_early = 0;  ///< by CoDel
  std::uint64_t dropped_full = 0;   ///< since the queue had no room
  std::uint64_t marked = 0;         ///< by CoDel, in place of being dropped (ECN, RFC 3168)
  std::uint64_t malformed = 0;      ///< no IP packet; dropped
};

class FlowQueue {
 public:
  /// Bytes that a flow may send in its turn: less than a large packet, so that flows of small ones are not behind
  /// (RFC 8290, section 5.2.4).
  static constexpr std::int64_t kQuantum = 300;
  static constexpr std::int64_t kNewRun = 4;
  /// What of a flow is never dropped early: so many packets of the largest size.
  static constexpr std::size_t kSparedPackets = 4;

  /// `rate` of the line in bytes per second, the largest `packet` that is queued in bytes (both at least 1, CHECK).
  FlowQueue(std::uint64_t rate, std::size_t packet, const FlowQueueLimits& limits);

  /// The line has another speed, or datagrams another largest size.
  void set_line(std::uint64_t rate, std::size_t packet);

  /// If there is no room, the oldest packets of the flow that occupies the most are dropped; if none has more than one
  /// packet, that of the newest flow.
  void push(Bytes datagram, Time now);
  /// The next datagram for the line. Empty only if there is none.
  std::optional<Bytes> pop(Time now);

  /// For a line that can send something ahead of a datagram that it has begun: the next datagram of a flow that has just
  /// begun to send, if it has at most `most` bytes and does not belong to the flow `except`. While other flows wait, no
  /// more than pop() would let go first.
  std::optional<Bytes> pop_new(std::size_t most, const std::optional<FlowKey>& except, Time now);

  bool empty() const { return packets_ == 0; }
  std::size_t packets() const { return packets_; }
  std::size_t bytes() const { return bytes_; }
  /// Flows that are remembered: those with packets, and some that had packets a moment ago.
  std::size_t flows() const { return flows_.size(); }
  const CodelTuning& tuning() const { return tuning_; }
  /// Packets of the largest size that CoDel lets wait of each flow.
  std::size_t spared() const { return spared_; }
  const FlowQueueCounters& counters() const { return counters_; }

 private:
  struct Waiting {
    Bytes datagram;
    Time since;
    Ecn ecn;
  };
  struct Flow {
    std::deque<Waiting> waiting = {};
    std::size_t bytes = 0;
    std::int64_t deficit = 0;
    Codel codel = {};
  };
  using Flows = std::map<FlowKey, Flow>;
  using Turns = std::list<Flows::iterator>;

  Turns& next_turns();
  void move_to_old(Turns& from);
  std::optional<Bytes> take(Flow& flow, Time now);
  Waiting take_oldest(Flow& flow);
  void make_room();
  Flows::iterator victim();
  void forget_idle();

  std::size_t largest_ = 0;
  std::size_t spared_ = 0;
  CodelTuning tuning_ = {};
  FlowQueueLimits limits_;
  Flows flows_ = {};
  Turns new_ = {}, old_ = {};  ///< each flow is in one of them
  std::int64_t new_run_ = 0;   ///< bytes of new flows since one of the others had a turn
  std::size_t packets_ = 0, bytes_ = 0;
  FlowQueueCounters counters_ = {};
};

}  // namespace serialtcp::ip
