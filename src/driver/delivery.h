// Delivery: the time between the wish to end and the end, in which what both ends have for each other and for
// their sockets is delivered. Tells the user what is left. Only what is on its way counts: open connections
// without any do not.
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

  /// What is left is told at most this often.
  static constexpr Duration kTellInterval = std::chrono::seconds(3);

  /// All outlive this.
  Delivery(asio::io_context& context, Endpoint& endpoint, Connections& connections, Observer& observer);

  /// Refuses new connections. `done` is called once, perhaps from within this call: when nothing is left, or
  /// when the time is over.
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
  std::uint64_t received_ = 0;  ///< from the peer, as far as looked
  Time quiet_since_{};
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
