// LinePump: moves bytes between the Line and the Endpoint, and runs the Endpoint's timer. Owns the line, and
// opens it again when it goes away. Does not know what the bytes carry.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/rate_meter.h"
#include "driver/line_speed.h"
#include "driver/line_watch.h"
#include "driver/read_gathering.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/loss_log.h"
#include "port/reserved_descriptor.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

class SpeedSeeker;

class LinePump {
 public:
  /// Bytes that are read from the line at once.
  static constexpr std::size_t kReadChunk = limits::kFeedAtOnce;
  /// Bytes that are written to the line at once: no more than a driver's queue holds, so that what is sent
  /// next is decided late.
  static constexpr std::size_t kWriteBatch = 16 * 1024;
  /// Batches that are written before sockets are served.
  static constexpr int kBatchesPerTurn = 4;

  /// `drain_events` empties the Endpoint's poll(). All references must outlive the pump.
  LinePump(asio::io_context& context, Endpoint& endpoint, std::unique_ptr<Line> line,
           const Climbing& climbing, SpeedHints hints, Observer& observer,
           std::function<void()> drain_events);
  ~LinePump();

  /// The speed of the peer is to be found (BAUDRATE auto). `bits`: of a byte on the line. `line_has_rate` is called with
  /// each speed that was set, in bytes per second. To be called before open().
  void seek_speed(std::uint32_t bits, std::function<void(std::uint64_t rate)> line_has_rate);
  bool is_seeking_speed() const;
  /// The speed of the line, in bits per second; 0 if it has none, or is not open.
  std::uint32_t line_speed() const { return is_open() ? line_->speed() : 0; }

  /// What to do about a line that is not there, or cannot be opened yet, when it is opened for the first
  /// time.
  enum class Missing : std::uint8_t { wait, fail };

  /// Opens the line for the first time; bytes are moved as soon as it is open. `opened` is called when it is
  /// open or is waited for, or with the reason of a failure.
  void open(Missing missing, Line::Opened opened);
  void close();
  /// Line::leave(), of a line that is not open yet.
  bool leave(Line::Ready left) { return state_ == State::closed && line_->leave(std::move(left)); }
  /// Sets what is called when the line has ended for good, and is closed.
  void on_ended(std::function<void(const std::string& reason)> ended) { ended_ = std::move(ended); }
  /// Sets what is called with what the line has delivered, after the endpoint has processed it.
  void on_heard(std::function<void(ByteView bytes)> heard) { heard_ = std::move(heard); }
  /// Silence is not reported any more: the link is ending.
  void stop_watching() { watch_.stop(); }

  /// The Endpoint may have something to send: causes one check soon, for any number of calls.
  void kick();

  /// Nothing is pending for the line, nor, as far as the device knows, in it.
  bool flushed() const;

  /// What the Endpoint has told of the line's speed.
  void speed_told(const event::LineSpeed& speed) { speed_.told(speed); }

  /// In bits per second; 0 if the line has none, or is not open.
  std::uint32_t speed() const { return state_ == State::open ? line_->speed() : 0; }

  const std::string& line_name() const { return line_->name(); }

  bool is_open() const { return state_ == State::open; }
  /// The line is not there, and is waited for.
  bool is_awaited() const { return state_ == State::awaited || state_ == State::lost; }
  /// How often the line went away while it was open.
  std::uint64_t times_lost() const { return times_lost_; }
  const base::RateMeter& sent_rate() const { return sent_rate_; }
  const base::RateMeter& received_rate() const { return received_rate_; }

 private:
  ///          opened                  gone
  ///   closed --------> open <------------------> lost
  ///      |   missing   ^          reopened
  ///      +-> awaited --+                             close(): from any state, to closed
  enum class State : std::uint8_t { closed, awaited, open, lost };

  void opened();
  void wait_readable();
  void line_readable();
  std::size_t read_some();
  void pass_on_later();
  void pump();
  void transmit();
  void fill_batch();
  bool write_batch();
  void go_on_writing();
  void arm_timer();
  void timer_fired();
  void await(const OpenError& error);
  void lost(const LineResult& result);
  void schedule_reopen();
  void reopen();
  void found();
  void ended(const std::string& reason);
  bool useless(const Reopening& how) const;
  bool may_speak() const;
  void drop_unsent();
  void tell_absence(const std::string& reason, bool lent);
  void tell_of_loss(const std::string& reason);
  void reopen_failed(const std::string& reason);

  asio::io_context& context_;
  Endpoint& endpoint_;
  std::unique_ptr<Line> line_;
  Observer& observer_;
  std::function<void()> drain_events_;
  std::function<void(const std::string& reason)> ended_;
  std::function<void(ByteView bytes)> heard_;
  State state_ = State::closed;

  Bytes read_buffer_ = Bytes(kReadChunk);
  ReadGathering gathering_;
  asio::steady_timer gathering_timer_;
  bool gathering_timer_set_ = false;
  Bytes batch_ = Bytes(kWriteBatch);
  std::size_t batch_begin_ = 0;  ///< end of the bytes that were written
  std::size_t batch_end_ = 0;    ///< end of the bytes to be written
  bool blocked_ = false;         ///< the line accepts no more for now
  bool write_wait_ = false;
  bool reading_ = false;  ///< waiting for the line to be readable; not while the Endpoint has no space
  bool pump_posted_ = false;

  asio::steady_timer timer_;
  Time armed_for_ = kNever;

  LineSpeed speed_;
  LineWatch watch_;
  std::unique_ptr<SpeedSeeker> seeker_;
  asio::steady_timer reopen_timer_;
  ReservedDescriptor reserved_;
  Time opened_at_ = {};
  Time away_since_ = {};
  Duration reopen_delay_ = {};
  std::string reason_told_;
  LossLog losses_;     ///< since the peer was heard on the line
  bool lent_ = false;  ///< while it is away: to another use
  std::uint64_t times_lost_ = 0;
  base::RateMeter sent_rate_;
  base::RateMeter received_rate_;
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
