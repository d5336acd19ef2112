// SpeedSeeker: sets the speed of a line as wire/speed_search asks for it (BAUDRATE auto), and tells what was found. Where a
// line has no speed that can be set, it says so once and does nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/line.h"
#include "serialtcp/endpoint.h"
#include "wire/speed_search.h"

namespace serialtcp::io {

class SpeedSeeker {
 public:
  struct Calls {
    /// What was handed to the line and not sent is to be forgotten: the speed is another one.
    std::function<void()> drop_unsent;
    /// The endpoint may have something to send.
    std::function<void()> kick;
    /// In bytes per second.
    std::function<void(std::uint64_t rate)> line_has_rate;
  };

  /// All references must outlive this object. `bits`: of a byte on the line.
  SpeedSeeker(asio::io_context& context, Endpoint& endpoint, Line& line, Observer& observer,
              std::uint32_t bits, Calls calls);

  void line_opened();
  void line_away();
  void heard(ByteView bytes);
  /// The state of the link may have changed.
  void look();
  void stop() { line_away(); }
  /// Whether anything may be sent now.
  bool may_speak() const { return !active_ || (!changing_ && search_.may_speak()); }
  /// While it searches, what is received makes no sense, which is no trouble.
  bool is_searching() const { return active_ && !endpoint_.link_up(); }

 private:
  void act();
  void change();
  void changed(Line::SpeedAnswer answer, std::uint32_t wanted);
  void tell(wire::SpeedSearch::Found found);
  void arm();

  Endpoint& endpoint_;
  Line& line_;
  Observer& observer_;
  std::uint32_t bits_;
  Calls calls_;
  wire::SpeedSearch search_;
  asio::steady_timer timer_;
  Time armed_for_ = kNever;
  bool active_ = false;    ///< the line is open, and has a speed
  bool changing_ = false;  ///< it is being set to another one
  Time change_by_{};       ///< whether or not everything has left
  std::uint32_t speed_ = 0;
  bool useless_told_ = false;
  std::vector<std::uint32_t> refused_told_;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
