// Driver: one running end of a tunnel: an Endpoint, its line, its TCP connections, in one io_context and one
// thread. Owns all of them. Hands the Endpoint's events to whom they concern, and ends in an orderly way.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "driver/connections.h"
#include "driver/delivery.h"
#include "driver/line_pump.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/line.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

class Driver {
 public:
  enum class Outcome {
    stopped,         ///< stop() was called
    sync_timed_out,  ///< no link came up within the sync timeout
  };
  using Finished = std::move_only_function<void(Outcome)>;

  struct Config {
    EndpointConfig endpoint = {};
    std::optional<Duration> sync_timeout = {};  ///< without a link for this long, give up; nothing: never
    LinePump::Missing missing = LinePump::Missing::wait;  ///< a line that is not there at the start
    Duration drain = std::chrono::seconds(10);            ///< that stop() waits for deliveries, at most
  };

  /// The longest that an orderly end may take.
  static constexpr Duration kFarewell = std::chrono::milliseconds(500);

  /// `finished` is called once, at the end, but not after abort(). The context and the observer outlive the
  /// driver. The driver must not be destroyed from within a call of `finished` or of `opened`; what it has
  /// queued in the context is harmless afterwards. `shares` are those of the process.
  Driver(asio::io_context& context, const Config& config, std::unique_ptr<Line> line, Observer& observer,
         Finished finished, const ProcessShares& shares = {});
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// Opens the line; `opened` hears that it is open, or is waited for, or why neither. The link is sought
  /// from then on.
  void open(Line::Opened opened);
  void serve(const Purpose& purpose, std::unique_ptr<FrontEnd> front_end,
             std::optional<std::uint64_t> limit = {}) {
    connections_.serve(purpose, std::move(front_end), limit);
  }
  void offer(const std::string& name, std::unique_ptr<BackEnd> back_end,
             std::optional<std::uint64_t> limit = {}) {
    connections_.offer(name, std::move(back_end), limit);
  }
  /// For services of further kinds.
  Connections& connections() { return connections_; }
  Resolver& resolver() { return connections_.resolver(); }

  /// Refuses new connections, delivers what both ends have for each other and for their sockets, within the
  /// time for that; then resets all connections, says goodbye to the peer, puts the line's settings back.
  void stop();

  /// Ends at once: resets all connections, closes all listeners, puts the line's settings back. Tells nobody.
  void abort();

  std::size_t lookups_running() const { return connections_.lookups_running(); }
  Stats stats() const { return endpoint_.stats(); }

 private:
  void drain_events();
  void handle(const event::LinkUp& up);
  void handle(const event::LinkDown& down);
  void handle(const event::LineTroubled& troubled);
  void handle(const event::LineAltersBytes& altered);
  void handle(const event::PeerServices& told);
  void handle(const event::PeerLeaving&);
  void handle(const event::Away&);
  void handle(const event::Back&);
  void start_sync_timer();
  void tell_peer_what_is_left();
  void leave();
  void wait_for_farewell();
  void finish(Outcome outcome);

  Observer& observer_;
  Config config_;
  Finished finished_;
  Endpoint endpoint_;
  LinePump pump_;
  Connections connections_;
  asio::steady_timer sync_timer_;
  asio::steady_timer farewell_timer_;
  asio::steady_timer left_timer_;  ///< while the peer is leaving
  Delivery delivery_;
  Time stop_by_ = kNever;
  Time settled_at_ = kNever;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
