// Delivery: the time between the request to exit and the exit, in which what both ends have for each other
// and for their sockets is delivered. Reports to the user what is left. Only data in flight counts; open
// connections without data do not.
#pragma once

#include <cstdint>
#include <functional>

#include "driver/connections.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "serialtcp/endpoint.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class Delivery {
 public:
  using Done = std::move_only_function<void()>;

  /// What is left is reported at most this often.
  static constexpr Duration kTellInterval = std::chrono::seconds(3);

  /// All references must outlive this object.
  Delivery(asio::io_context& context, Endpoint& endpoint, Connections& connections, Observer& observer);

  /// Refuses new connections. `done` is called once, perhaps directly from this call: when nothing is left,
  /// or after the time `most`.
  void begin(Duration most, Done done);
  void cancel();
  bool under_way() const { return done_ != nullptr; }

 private:
  void look();
  std::uint64_t left_here() const;
  bool peer_is_done(Time time);
  void tell(std::uint64_t left, Time time);

  Endpoint& endpoint_;
  Connections& connections_;
  Observer& observer_;
  asio::steady_timer timer_;
  Done done_;
  Duration most_{};
  Time begun_{};
  Time told_ = Time::min();
  std::uint64_t received_ = 0;  ///< from the peer, at the last check
  Time quiet_since_{};
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
