// LineSpeed: sets the line to the speed that the Endpoint wants, when everything before has left, and tells it what the line
// has then. Whether the speed may be changed at all is decided here, when the line is opened.
#pragma once

#include <cstdint>
#include <functional>

#include "os/asio.h"
#include "os/lifetime.h"
#include "port/line.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

/// Whether both ends may raise the speed of the line.
struct Climbing {
  /// What adapters usually can, and cables of some meters carry.
  static constexpr std::uint32_t kUsualMost = 3'000'000;

  enum class Where : std::uint8_t {
    nowhere,
    everywhere,  ///< on all lines that have a speed
  };
  Where where = Where::nowhere;
  std::uint32_t most = kUsualMost;  ///< bits per second

  bool operator==(const Climbing&) const = default;
};

class LineSpeed {
 public:
  /// A driver that has not sent everything after this time is stopped by flow control: what it has will be lost.
  static constexpr Duration kDryPatience = std::chrono::milliseconds(250);

  struct Pump {
    std::function<bool()> flushed;  ///< nothing is pending, as far as the device knows
    std::function<void()> kick;     ///< the Endpoint may have something to send
  };

  /// All references outlive it.
  LineSpeed(asio::io_context& context, const Climbing& climbing, Endpoint& endpoint, Line& line, Pump pump);

  /// With the speed that was configured. To be called before anything is transmitted.
  void line_opened();
  void line_closed();
  /// Sets what the Endpoint wants, if it wants anything.
  void follow();

 private:
  void set_when_dry();

  Climbing climbing_;
  Endpoint& endpoint_;
  Line& line_;
  Pump pump_;
  asio::steady_timer timer_;
  bool setting_ = false;
  Time since_{};
  std::uint64_t generation_ = 0;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
