// LineSpeed: whether the speed of the line may be changed at all, which is decided when it is opened; what is remembered of it for
// the next start; and the changes themselves, by a SpeedSwitch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "driver/speed_memory.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/speed_switch.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

/// Whether both ends may raise the speed of the line.
struct Climbing {
  /// What adapters usually can, and cables of some meters carry.
  static constexpr std::uint32_t kUsualMost = 3'000'000;

  enum class Where : std::uint8_t {
    nowhere,
    on_hardware,  ///< on serial ports of this machine, where it is safe without being asked for
    everywhere,   ///< on all lines that have a speed
  };
  Where where = Where::nowhere;
  std::uint32_t most = kUsualMost;  ///< bits per second

  bool operator==(const Climbing&) const = default;
};

/// What is remembered of the speeds of lines.
struct SpeedHints {
  std::shared_ptr<SpeedMemory> memory = {};  ///< may be empty
  std::string peer = {};                     ///< as SpeedPlace::peer
};

class LineSpeed {
 public:
  using Pump = SpeedSwitch::Pump;

  /// All references outlive it.
  LineSpeed(asio::io_context& context, const Climbing& climbing, SpeedHints hints, Endpoint& endpoint,
            Line& line, Observer& observer, Pump pump);

  /// With the speed that was configured. To be called before anything is transmitted.
  void line_opened();
  void line_closed() { switch_.cancel(); }
  /// Sets what the Endpoint wants, if it wants anything.
  void follow() { switch_.follow(); }
  /// What the Endpoint has told of it.
  void told(const event::LineSpeed& speed);

 private:
  void remember(std::uint32_t speed);

  Climbing climbing_;
  SpeedHints hints_;
  Endpoint& endpoint_;
  Line& line_;
  Observer& observer_;
  SpeedPlace place_;              ///< of the line that is open
  std::uint32_t remembered_ = 0;  ///< of it
  SpeedSwitch switch_;
};

}  // namespace serialtcp::io
