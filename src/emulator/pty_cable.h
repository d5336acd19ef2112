// PtyCable: the model of a cable (sim::Cable) between two serial devices made of ptys, in real time. It owns
// both devices and one timer, and runs in the loop of the context that it is given.
//
// From each device it takes what programs have written to it, only as fast as the line transmits, and gives
// it to the other device when it arrives there. A receiver that does not read overruns, unless it has set
// RTS/CTS flow control, the line has software flow control or no speed limit: then the sender waits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "os/asio.h"
#include "os/lifetime.h"
#include "port/pty_device.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "sim/cable.h"

namespace serialtcp::io {

/// Settings that can be changed while it runs.
struct CableSettings {
  /// Speed of both ends; 0 = no limit. Empty: each end has the speed, parity and stop bits that its user has
  /// set.
  std::optional<std::uint32_t> baud = {};
  sim::Faults faults = {};
  Duration latency{0};
  Duration quantum{0};
  sim::Lumps lumps = {};
  enum class Duplex : std::uint8_t { full, half };
  Duplex duplex = Duplex::full;
  sim::SharedMediumConfig medium = {};  ///< if half-duplex: the medium that both directions share
  std::vector<Byte> eaten = {};         ///< beside what the faults alter
  bool strip = false;                   ///< the highest bit is lost, whatever the faults say
  bool software_flow_control = false;   ///< XOFF from either end stops the other one
  bool echo = false;                    ///< end B is a terminal that echoes
  bool cooked = false;                  ///< and has all of sim::kCooked
  // Of each end, A first:
  std::array<sim::Uart, 2> uarts = {};       ///< what drivers do with speeds counts if `baud` is empty
  std::array<std::uint32_t, 2> limits = {};  ///< of its output: speed above which bits are lost; 0: none
  std::array<sim::Contact, 2> outputs = {};  ///< what the other end's input is connected to
  sim::ReceiveFifoConfig fifo = {};          ///< of both ends
  enum class Ground : std::uint8_t { joined, missing } ground = Ground::joined;
  /// RTS and CTS. `looped`: each end's CTS is its own RTS. `missing`: an end with RTS/CTS flow control sends nothing.
  enum class FlowWires : std::uint8_t { joined, looped, missing } flow_wires = FlowWires::joined;

  std::optional<sim::SharedMediumConfig> shared() const {
    return duplex == Duplex::half ? std::optional(medium) : std::nullopt;
  }
  sim::Faults all_faults() const;
  sim::Uart uart(sim::End end) const;
  sim::Contact output(sim::End end) const;
  sim::TerminalModes terminal(sim::End end) const;
};

struct PtyCableConfig {
  std::string a;  ///< paths of the two devices
  std::string b;
  CableSettings settings = {};
  std::uint64_t seed = 1;
};

class PtyCable {
 public:
  enum class Wiring : std::uint8_t { joined, cut };

  struct Direction {
    sim::WireStats wire;
    std::uint64_t delivered = 0;  ///< bytes given to the program at the other end
    std::uint64_t overrun = 0;    ///< lost because that program did not read
    std::uint64_t unheard = 0;    ///< lost because no program had the other end open, or it was unplugged
  };
  struct Stats {
    Direction a_to_b;
    Direction b_to_a;
  };

  PtyCable(asio::io_context& context, const PtyCableConfig& config);

  /// Makes both devices. The error is a whole sentence.
  std::expected<void, std::string> start();
  /// Removes both devices; no handler is called any more.
  void stop();

  const CableSettings& settings() const { return settings_; }
  void change(const CableSettings& settings);
  Wiring wiring() const { return wiring_; }
  void set_wiring(Wiring wiring);
  void set_echo(sim::Echo echo);
  bool is_plugged(sim::End end) const { return side(end).device.is_plugged(); }
  std::expected<void, std::string> plug(sim::End end);
  void unplug(sim::End end);

  Stats stats() const;
  const sim::LineSettings& line(sim::End end) const { return cable_.settings(end); }

 private:
  enum class Wait : std::uint8_t { none, under_way };

  struct Side {
    Side(asio::io_context& context, const std::string& path) : device(context, path) {}

    PtyDevice device;
    PtyHolder holder = PtyHolder::nobody;
    Time watched{};  // when the holder and the modes were last checked
    FlowControl flow_control = FlowControl::none;
    Wait reading = Wait::none;
    Wait writing = Wait::none;
    Bytes arrived;  // not yet accepted by the device
    std::uint64_t delivered = 0;
    std::uint64_t overrun = 0;
    std::uint64_t unheard = 0;
  };

  Side& side(sim::End end) { return end == sim::End::a ? a_ : b_; }
  const Side& side(sim::End end) const { return end == sim::End::a ? a_ : b_; }
  Direction direction(sim::End from, const sim::WireStats& wire) const;

  void pump();
  void watch(sim::End end);
  void follow_modes(sim::End end, Time now);
  void follow_flow_control(Time now);
  void set_uarts(Time now);
  Duration watch_period(sim::End end) const;
  std::size_t send_goal(sim::End end) const;
  bool take(sim::End end);
  void deliver(sim::End end);
  bool sender_must_wait(sim::End end) const;
  void await_readable(sim::End end);
  void await_writable(sim::End end);
  Time delivery_due(sim::End end) const;
  Time next_due(sim::End end, Time now) const;
  void arm(Time now);

  asio::io_context& context_;
  CableSettings settings_;
  sim::Cable cable_;
  Wiring wiring_ = Wiring::joined;
  Side a_;
  Side b_;
  asio::steady_timer timer_;
  Time armed_for_ = kNever;
  bool running_ = false;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
