// BreakSwitch: the break that users of a line send on it. The kernel waits for all output before it begins a break, so
// that is waited for here, without standing still; what they write meanwhile has to wait, too.
#pragma once

#include <cstdint>
#include <functional>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/clock.h"
#include "port/line.h"
#include "port/line_controls.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class BreakSwitch {
 public:
  using Break = LineControls::Break;

  /// Whether the output has been sent is looked at in this interval.
  static constexpr Duration kLook = std::chrono::milliseconds(10);

  /// `begun` is called when a break that had to wait has begun, or is not wanted any more. References outlive it.
  BreakSwitch(asio::io_context& context, Line& line, std::function<void()> begun);

  /// As a user has set it; it stays.
  void set(Break wanted);
  Break state() const { return set_; }
  /// One that ends by itself.
  void pulse(Duration length);

  /// The line was written to.
  void wrote() { written_ = now(); }
  /// A break waits for output: nothing more is to be written.
  bool is_pending() const { return wanted() == Break::on && sent_ == Break::off; }
  /// The line is open again.
  void reopened();
  /// No break any more.
  void stop();

 private:
  Break wanted() const { return pulse_ > Duration{} ? Break::on : set_; }
  void follow();
  bool output_is_sent() const;

  Line& line_;
  std::function<void()> begun_;
  Break set_ = Break::off;
  Duration pulse_{};  ///< how long it is to be; 0: there is none
  Break sent_ = Break::off;
  Time written_ = Time::min();
  Alarm look_alarm_;
  Alarm pulse_alarm_;
};

}  // namespace serialtcp::io
