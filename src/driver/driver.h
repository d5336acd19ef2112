// Driver: one running end of a tunnel: an Endpoint, its line and its connections, in one io_context and one
// thread. Owns all of them. Passes the Endpoint's events to their handlers, and exits in an orderly way.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "driver/connections.h"
#include "driver/delivery.h"
#include "driver/figures.h"
#include "driver/line_pump.h"
#include "driver/noise_tap.h"
#include "driver/quality_watch.h"
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
    link_over,       ///< with Config::once
    line_ended,      ///< the line has ended, and cannot come back; this was reported
  };
  using Finished = std::move_only_function<void(Outcome)>;

  struct Config {
    EndpointConfig endpoint = {};
    /// The speed of the peer is to be found: the bits of a byte on the line.
    std::optional<std::uint32_t> seek_speed = {};
    Climbing climbing = {};
    std::shared_ptr<SpeedMemory> speeds = {};   ///< what is remembered of those of lines; empty: nothing
    std::optional<Duration> sync_timeout = {};  ///< give up after this time without a link; empty: never
    bool once = false;                          ///< it ends with the first link
    LinePump::Missing missing =
        LinePump::Missing::wait;                ///< what to do about a line that is not there at the start
    Duration drain = std::chrono::seconds(10);  ///< how long stop() waits for deliveries, at most
  };

  /// The maximum duration of an orderly exit, after deliveries.
  static constexpr Duration kFarewell = std::chrono::milliseconds(500);

  /// `finished` is called once, at the end, but not after abort(). The context and the observer must outlive
  /// the driver. The driver must not be destroyed within a call of `finished` or of `opened`; handlers that
  /// it has left in the context are harmless. `shares` are those of the process.
  Driver(asio::io_context& context, const Config& config, std::unique_ptr<Line> line, Observer& observer,
         Finished finished, const ProcessShares& shares = {});
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// Opens the line, and then searches for the peer. `opened` is called when the line is open or is waited
  /// for, or with the reason of a failure.
  void open(Line::Opened opened);
  void serve(const Purpose& purpose, std::unique_ptr<FrontEnd> front_end,
             std::optional<std::uint64_t> limit = {}) {
    connections_.serve(purpose, std::move(front_end), limit);
  }
  void offer(const std::string& name, std::unique_ptr<BackEnd> back_end,
             std::optional<std::uint64_t> limit = {}) {
    connections_.offer(name, std::move(back_end), limit);
  }
  /// To add services of other kinds.
  Connections& connections() { return connections_; }
  const Connections& connections() const { return connections_; }
  Resolver& resolver() { return connections_.resolver(); }

  /// Refuses new connections and delivers, within the time for that, what both ends have for each other and
  /// for their sockets. Then resets all connections, sends goodbye to the peer, and restores the settings of
  /// the line.
  void stop();

  /// Ends at once: resets all connections, closes all listeners, restores the settings of the line. Calls no
  /// handler.
  void abort();

  std::size_t lookups_running() const { return connections_.lookups_running(); }
  /// The peer is there, and so is the line.
  bool link_up() const { return endpoint_.link_up() && !endpoint_.link_away(); }
  std::size_t streams() const { return endpoint_.streams(); }
  Stats stats() const { return endpoint_.stats(); }
  LinkFigures figures() const;
  /// Of the line, in bits per second; 0 if it has none, or is not open.
  std::uint32_t line_speed() const { return pump_.line_speed(); }

  /// The socket gets what the other end's kernel prints on the line (noise_tap.h).
  void tap_noise(StreamSocket socket) { noise_.add(std::move(socket)); }

 private:
  void drain_events();
  LinkState link_state() const;
  void note_state();
  void handle(const event::LinkUp& up);
  void handle(const event::LinkDown& down);
  void handle(const event::LineTroubled& troubled);
  void handle(const event::LineAltersBytes& altered);
  void handle(const event::LineCoded& coded);
  void handle(const event::LineSpeed& speed);
  void handle(const event::PeerServices& told);
  void handle(const event::PeerLeaving&);
  void handle(const event::Away&);
  void handle(const event::Back&);
  void start_sync_timer();
  void end_with_link();
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
  QualityWatch quality_;
  NoiseTap noise_;
  Time stop_by_ = kNever;
  Time settled_at_ = kNever;
  LinkState state_ = LinkState::starting;  ///< as it was last noted
  Time state_since_;
  std::optional<Protocol> protocol_;  ///< of the link that is up
  std::uint64_t links_up_ = 0;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
