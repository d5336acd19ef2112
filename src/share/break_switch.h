// BreakSwitch: the break that clients send on a shared port. The kernel waits for all output before it begins a break, so
// that is waited for here, without standing still; what clients write meanwhile waits, too.
#pragma once

#include <cstdint>
#include <functional>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/clock.h"
#include "port/serial_port.h"
#include "serialtcp/time.h"

namespace serialtcp::share {

class BreakSwitch {
 public:
  using Break = io::SerialPort::Break;

  /// Whether the output has been sent is looked at in this interval.
  static constexpr Duration kLook = std::chrono::milliseconds(10);
  /// Bytes that a UART may still have when its driver has none.
  static constexpr std::uint64_t kFifo = 64;

  /// `begun` is called when a break that had to wait has begun, or is not wanted any more. References outlive it.
  BreakSwitch(io::asio::io_context& context, io::SerialPort& port, std::function<void()> begun);

  /// As a client has set it; it stays.
  void set(Break wanted);
  Break state() const { return set_; }
  /// One that ends by itself.
  void pulse(Duration length);

  /// The port was written to.
  void wrote() { written_ = io::now(); }
  /// A break waits for output: nothing more is to be written.
  bool is_pending() const { return wanted() == Break::on && sent_ == Break::off; }
  /// The port is open again.
  void reopened();
  /// No break any more.
  void stop();

 private:
  Break wanted() const { return pulse_ > Duration{} ? Break::on : set_; }
  void follow();
  bool output_is_sent() const;

  io::SerialPort& port_;
  std::function<void()> begun_;
  Break set_ = Break::off;
  Duration pulse_{};  ///< how long it is to be; 0: there is none
  Break sent_ = Break::off;
  Time written_ = Time::min();
  io::Alarm look_alarm_;
  io::Alarm pulse_alarm_;
};

}  // namespace serialtcp::share
