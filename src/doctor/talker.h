// Talker: this end of an ordinary link over a line, as far as a test needs one: an Endpoint, and what its events say. It serves
// nothing, and its peer notices nothing but a link that comes and goes.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "doctor/far_end.h"
#include "doctor/held_line.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "port/speed_switch.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::doctor {

class Talker {
 public:
  /// Bytes that are composed at once: what is sent next is decided late.
  static constexpr std::size_t kBatch = 4096;

  /// All references outlive it. `speeds`: if the speed of the line may be changed.
  Talker(io::asio::io_context& context, HeldLine& line, const EndpointConfig& config,
         const std::optional<LineSpeeds>& speeds = {});
  ~Talker();
  Talker(const Talker&) = delete;
  Talker& operator=(const Talker&) = delete;

  const Answered& answered() const { return answered_; }
  /// Codes of the original's protocol have arrived, of this end's own role: another role may be answered.
  bool hears_own_kind() const { return own_kind_; }
  /// When something was reported that stands in the way of a link; Time::max() if nothing was.
  Time troubled() const { return troubled_; }
  bool link_up() const { return endpoint_.link_up(); }

  /// Looks at all that has been sent and heard. To be called at the end.
  Answered result();
  Endpoint& endpoint() { return endpoint_; }
  /// After an operation on the Endpoint; pump_soon() also amid its events.
  void pump();
  void pump_soon();

  /// Called with each event, after this object has looked at it; and with all that arrives.
  void on_event(std::function<void(const Event&)> handler) { on_event_ = std::move(handler); }
  void on_heard(std::function<void(ByteView bytes, Time now)> handler) { on_heard_ = std::move(handler); }

 private:
  void heard(ByteView bytes);
  void drain_events();
  void handle(const event::LineTroubled& troubled);
  void transmit();
  void arm();

  HeldLine& line_;
  Endpoint endpoint_;
  io::SpeedSwitch speed_;
  io::Alarm alarm_;
  Answered answered_;
  Hearing hearing_;
  Bytes sent_;      ///< the first bytes, to be compared
  Bytes received_;  ///< the same
  Bytes batch_ = Bytes(kBatch);
  std::function<void(const Event&)> on_event_;
  std::function<void(ByteView bytes, Time now)> on_heard_;
  bool own_kind_ = false;
  Time troubled_ = Time::max();
};

}  // namespace serialtcp::doctor
