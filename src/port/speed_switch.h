// SpeedSwitch: sets a line to the speed that the Endpoint wants, when everything before has left, and tells it what the line has
// then.
#pragma once

#include <cstdint>
#include <functional>

#include "os/asio.h"
#include "os/lifetime.h"
#include "port/line.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

class SpeedSwitch {
 public:
  /// A driver that has not sent everything after this time is stopped by flow control: what it has will be lost.
  static constexpr Duration kDryPatience = std::chrono::milliseconds(250);

  struct Pump {
    std::function<bool()> flushed;  ///< nothing is pending, as far as the device knows
    std::function<void()> kick;     ///< the Endpoint may have something to send
  };

  /// All references outlive it.
  SpeedSwitch(asio::io_context& context, Endpoint& endpoint, Line& line, Pump pump);

  /// Sets what the Endpoint wants, if it wants anything.
  void follow();
  /// The line is closed, or another one: what is under way is not told any more.
  void cancel();

 private:
  void set_when_dry();

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
