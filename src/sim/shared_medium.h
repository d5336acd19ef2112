// SharedMedium: the medium between two wires that both directions share, so that only one end can send at a
// time. There are two kinds:
//
//   radio     The wire of each end ends in a modem with a small buffer. What does not fit is lost, or flow control
//             stops the sender. The air transmits the bytes of one modem at a time. The sender changes after a quantum
//             of bytes, or when it has nothing to send, and each change takes the turnaround time.
//   two_wire  RS-485 with one pair of wires. Bytes that two ends send at the same time are both destroyed. An end does
//             not receive from the other end while it sends, and for the turnaround time after that. It receives
//             either nothing at all, or its own bytes.
//
// It takes bytes from the wires as they arrive there, and delivers them to the other ends. `now` must never
// decrease. It does not know devices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "sim/wire.h"

namespace serialtcp::sim {

struct SharedMediumConfig {
  enum class Kind : std::uint8_t { radio, two_wire };
  enum class Hears : std::uint8_t { nothing, itself };
  enum class Delivery : std::uint8_t {
    bytes,    ///< each byte arrives as soon as the air has transmitted it
    packets,  ///< all bytes that one sender sends in its turn arrive together
  };

  enum class Overflow : std::uint8_t {
    dropped,
    held,  ///< by flow control: the sender's driver waits
  };

  Kind kind = Kind::radio;
  Duration turn_round = std::chrono::milliseconds(30);
  // For a radio:
  std::uint32_t air_rate = 2000;  ///< bytes per second, both directions together; not 0
  std::size_t quantum = 512;      ///< bytes of one sender while the other one waits; not 0
  std::size_t buffer = 1024;      ///< bytes that a modem holds; not 0
  Overflow overflow = Overflow::dropped;
  Delivery delivery = Delivery::bytes;
  Duration latency{0};  ///< additional, in each direction
  // For two wires:
  Hears talker_hears = Hears::nothing;
};

struct SharedMediumStats {
  std::uint64_t dropped = 0;   ///< bytes that did not fit into a modem
  std::uint64_t collided = 0;  ///< bytes that were destroyed because both ends sent
  std::uint64_t changes = 0;   ///< how often the sender changed
};

class SharedMedium {
 public:
  explicit SharedMedium(const SharedMediumConfig& config) : config_(config) {}

  /// The wires from end 0 and from end 1 to the medium.
  using Wires = std::array<Wire*, 2>;

  /// When advance() will have something to do, or receive() something to deliver to this end; kNever if
  /// never.
  Time next_event(std::size_t end, const Wire& from_0, const Wire& from_1) const;
  /// Processes everything that is due by now, in order.
  void advance(const Wires& wires, Time now);
  /// Appends everything that has arrived at this end by now. advance() must be called first.
  void receive(std::size_t end, Time now, Bytes& out);
  /// Bytes in transit to this end.
  std::size_t in_transit_to(std::size_t end) const;

  void configure(const SharedMediumConfig& config) { config_ = config; }
  void set_latency(Duration latency) { config_.latency = latency; }
  const SharedMediumConfig& config() const { return config_; }
  const SharedMediumStats& stats() const { return stats_; }

 private:
  struct Arrival {
    Time at;
    Byte byte = 0;
  };

  Time next_step(const Wire& from_0, const Wire& from_1) const;
  void deliver(std::size_t to, Byte byte, Time at);
  // Radio.
  Time air_due() const;
  void air_byte(const Wires& wires, Time at);
  void control_flow(std::size_t end, Wire& wire, Time at);
  void fill_modem(std::size_t end, Wire& wire, Time at);
  void end_packet(std::size_t end, Time at);
  // Two wires.
  void take_from_pair(std::size_t end, const Wires& wires, Time at);
  bool overlaps(std::size_t end, Time begin, Time finish, const Wire& other) const;

  SharedMediumConfig config_;
  std::array<std::deque<Arrival>, 2> arrivals_;  // by receiving end
  SharedMediumStats stats_;
  Bytes scratch_;

  // Radio.
  std::array<std::deque<Byte>, 2> modem_;
  std::array<bool, 2> held_{};   // by end: its sender is stopped, since its modem is full
  std::array<Bytes, 2> packet_;  // by sender: sent in this turn, not delivered yet
  std::size_t talker_ = 0;
  std::size_t talked_ = 0;  // bytes in this turn
  Time air_free_{};

  // Two wires.
  std::array<Time, 2> last_sent_{};  // when the last byte of this end had left
};

}  // namespace serialtcp::sim
