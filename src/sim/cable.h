// Cable: two Wires, one for each direction, optionally with one medium that both directions share, or with
// terminals at the ends, the settings of both ends, and the operations on the cable as a whole. It is used by the cable emulator (real
// ptys, real time) and by the simulation (two endpoints, one clock).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "sim/faults.h"
#include "sim/line_settings.h"
#include "sim/shared_medium.h"
#include "sim/terminal.h"
#include "sim/uart.h"
#include "sim/wire.h"

namespace serialtcp::sim {

enum class End : std::uint8_t { a, b };

constexpr End other(End end) {
  return end == End::a ? End::b : End::a;
}

/// Both directions are equal at first, but for the UARTs; set_faults() and others can make them differ.
struct CableConfig {
  LineSettings a;
  LineSettings b;
  Faults faults;
  Duration latency{0};
  Duration quantum{0};
  Lumps lumps;
  std::size_t queue_capacity = WireConfig{}.queue_capacity;
  std::size_t receive_buffer = WireConfig{}.receive_buffer;
  std::optional<SharedMediumConfig> shared = {};  ///< if both directions share one medium
  Uart uart_a = {};  ///< not asked for the speed that `a` has at first, but its clock counts
  Uart uart_b = {};
  std::uint32_t limit = 0;  ///< speed above which bits are lost; 0: none
  ReceiveFifoConfig fifo = {};
};

/// Whether bits are on it, which an end with another speed does not understand; or bytes, as between virtual machines and with
/// adapters that have no UART.
enum class Medium : std::uint8_t { bits, bytes };

struct CableStats {
  WireStats a_to_b;
  WireStats b_to_a;
  SharedMediumStats shared;
};

enum class Echo : std::uint8_t {
  off,
  on,  ///< a loopback plug at each end: an end receives only its own bytes
};

class Cable {
 public:
  Cable(const CableConfig& config, std::uint64_t seed);

  // ---- The sender at this end; see Wire ----
  std::size_t room(End end, Time now) const { return from(end).room(now); }
  Time room_time(End end, std::size_t bytes) const { return from(end).room_time(bytes); }
  std::size_t queued(End end, Time now) const { return from(end).queued(now); }
  std::size_t in_transit(End end) const {
    return from(end).in_transit() + (shared_ ? shared_->in_transit_to(index(other(end))) : 0);
  }
  void send(End end, ByteView bytes, Time now) { from(end).send(bytes, now); }
  void clear_queue(End end, Time now) { from(end).clear_queue(now); }

  // ---- The receiver at this end ----
  Time next_arrival(End end) const;
  void receive(End end, Time now, Bytes& out);
  /// Flow control: stops and releases the sender to this end.
  void hold_sender_to(End end, Time now) { to(end).hold(now); }
  void release_sender_to(End end, Time now) { to(end).release(now); }

  // ---- The line ----
  /// As a program at this end does it: settings() tells what the driver made of the speed.
  void set_settings(End end, const LineSettings& settings, Time now);
  /// Sets this direction only, at both of its ends: a line that is faster in one direction than in the other.
  void set_direction(End sender, const LineSettings& settings, Time now);
  /// What this end's driver says.
  const LineSettings& settings(End end) const { return settings_[index(end)]; }
  void set_uart(End end, const Uart& uart, Time now);
  const Uart& uart(End end) const { return uarts_[index(end)]; }
  void set_medium(Medium medium, Time now);
  void set_limit(End sender, std::uint32_t limit, Time now) { from(sender).set_limit(limit, now); }
  void set_fifo(End receiver, const ReceiveFifoConfig& fifo) { from(other(receiver)).set_fifo(fifo); }
  const ReceiveFifoConfig& fifo(End receiver) const { return from(other(receiver)).fifo(); }
  void set_contact(End sender, Contact contact, Time now) { from(sender).set_contact(contact, now); }
  /// The sender at this end waits for a CTS that is not connected.
  void withhold_cts(End end, Time now) { from(end).hold(now, Wire::Hold::not_clear); }
  void give_cts(End end, Time now) { from(end).release(now, Wire::Hold::not_clear); }
  void set_faults(const Faults& faults);
  void set_faults(End sender, const Faults& faults) { from(sender).set_faults(faults); }
  const Faults& faults(End sender) const { return from(sender).config().faults; }
  void set_latency(Duration latency, Time now);
  void set_quantum(Duration quantum, Time now);
  void set_lumps(const Lumps& lumps);
  void set_lumps(End sender, const Lumps& lumps) { from(sender).set_lumps(lumps); }
  /// Between the line and the program at this end. What it sends back and the line does not take is lost.
  void set_terminal(End end, const TerminalModes& modes, Time now);
  const TerminalModes& terminal(End end) const { return terminals_[index(end)].modes(); }
  /// Whether both directions share one medium from now on.
  void share(const std::optional<SharedMediumConfig>& medium);
  void cut(Time now);
  void join(Time now);
  /// What is in transit arrives at the new receiver.
  void set_echo(Echo echo, Time now);

  CableStats stats() const;

 private:
  static std::size_t index(End end) { return end == End::a ? 0 : 1; }
  Wire& from(End end) { return end == End::a ? a_to_b_ : b_to_a_; }
  const Wire& from(End end) const { return end == End::a ? a_to_b_ : b_to_a_; }
  End speaker_to(End end) const { return echo_ == Echo::on ? end : other(end); }
  Wire& to(End end) { return from(speaker_to(end)); }
  const Wire& to(End end) const { return from(speaker_to(end)); }
  LineSettings real(End end) const { return uart(end).real(settings(end)); }
  void set_speeds(End end, Time now);
  void set_receivers(Time now);
  void receive_line(End end, Time now, Bytes& out);
  void pass_terminals(End end, ByteView bytes, Time now, Bytes& out);
  void follow(const Terminal& terminal, End end, Time now);

  std::array<LineSettings, 2> settings_;
  std::array<Uart, 2> uarts_;
  Medium medium_ = Medium::bits;
  Wire a_to_b_;
  Wire b_to_a_;
  std::optional<SharedMedium> shared_;
  Echo echo_ = Echo::off;
  std::array<Terminal, 2> terminals_;  // in front of the programs at the ends
  Bytes raw_;                          // temporary: what arrives at a terminal
  Bytes sent_back_;                    // temporary
};

}  // namespace serialtcp::sim
