// LineKeeper: keeps a line open for whoever uses its bytes as they are. Opens it, waits for it while it is away, and
// passes on what it delivers.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/growing_interval.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/line.h"
#include "port/loss_log.h"
#include "port/reserved_descriptor.h"

namespace serialtcp::io {

class LineKeeper {
 public:
  /// Bytes that are read at once: as many as a terminal device gives.
  static constexpr std::size_t kReadChunk = 4 * 1024;
  /// Chunks that are read before anything else is served.
  static constexpr int kChunksPerTurn = 4;
  /// A line that is still away is reported after this time, and then at growing intervals.
  static constexpr Duration kStillAway = std::chrono::seconds(10);
  /// An absence for another reason than the one that was reported is reported after this time.
  static constexpr Duration kPatience = std::chrono::seconds(1);
  /// A line that goes away sooner than this, again and again, is reported at growing intervals.
  static constexpr Duration kOfUse = std::chrono::seconds(10);

  /// Whose functions must not destroy this object.
  class User {
   public:
    virtual ~User() = default;
    /// The view is not kept.
    virtual void line_delivered(ByteView bytes) = 0;
    virtual void line_writable() = 0;
    /// Whether it is to be read: otherwise it is not, until resume().
    virtual bool line_wanted() = 0;
    /// It is open, for the first time or again, or not any more.
    virtual void line_opened() = 0;
    virtual void line_lost() = 0;
    /// It cannot be opened, and is not waited for; only at the first attempt. Completes "Could not open serial
    /// port X: ...".
    virtual void line_unusable(const std::string& reason) = 0;
    /// It is gone and cannot come back; a sentence.
    virtual void line_ended(const std::string& reason) = 0;
  };

  /// All references outlive it.
  LineKeeper(asio::io_context& context, Line& line, Observer& observer, User& user);

  /// What becomes of a line that is not there at the start.
  enum class Missing : std::uint8_t { is_awaited, is_unusable };

  /// Opens the line, or waits for it.
  void start(Missing missing = Missing::is_awaited);
  void close();

  bool is_open() const { return state_ == State::open; }
  /// Returns how many of the bytes the line has accepted. When it has not accepted all, line_writable() is called later.
  std::size_t write(ByteView bytes);
  /// Asks line_wanted() again.
  void resume();
  /// Passes on what has arrived already.
  void read_now();

 private:
  ///   closed -> opening -> open <-> lost;  opening -> awaited -> open
  enum class State : std::uint8_t { closed, opening, awaited, open, lost };
  enum class Read : std::uint8_t { something, nothing };

  void try_to_open();
  void tried(std::expected<void, OpenError> result);
  void first_failed(const OpenError& error);
  void opened();
  void wait_readable();
  Read read_some();
  bool judge(const LineResult& result);
  void wait_writable();
  void arm_retry();
  void cancel_retry();
  void writable();
  void lost(const std::string& reason);
  void schedule();
  void reopen_failed(const std::string& reason);

  Line& line_;
  Observer& observer_;
  User& user_;
  ReservedDescriptor reserved_;
  Alarm reopen_alarm_;
  Alarm write_alarm_;
  Time wait_began_{};
  bool retry_armed_ = false;
  State state_ = State::closed;
  Missing missing_ = Missing::is_awaited;
  bool held_ = false;            ///< it is open and not read
  bool waits_to_write_ = false;  ///< the line accepts no more for now
  bool write_wait_ = false;      ///< a wait of the line is under way
  Time opened_at_ = {};
  Time away_since_ = {};
  Duration pause_ = {};
  std::string reason_told_;
  GrowingInterval still_away_{kStillAway};
  LossLog losses_;                ///< since it was open for long enough to be of use
  std::uint64_t generation_ = 0;  ///< of opening: a result of an earlier one is not used
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
