// PortKeeper: the device that is shared. Opens it, waits for it while it is away, and passes on what it delivers.
#pragma once

#include <functional>
#include <string>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/growing_interval.h"
#include "os/observer.h"
#include "port/descriptor.h"
#include "port/loss_log.h"
#include "port/serial_port.h"
#include "share/share_config.h"

namespace serialtcp::share {

class PortKeeper {
 public:
  /// Bytes that are read at once: as many as a terminal device gives.
  static constexpr std::size_t kReadChunk = 4 * 1024;
  /// Chunks that are read before clients are served.
  static constexpr int kChunksPerTurn = 4;
  /// A port that is still away is reported after this time, and then at growing intervals.
  static constexpr Duration kStillAway = std::chrono::seconds(10);
  /// An absence for another reason than the one that was reported is reported after this time.
  static constexpr Duration kPatience = std::chrono::seconds(1);

  /// A port that goes away sooner than this, again and again, is reported at growing intervals.
  static constexpr Duration kOfUse = std::chrono::seconds(10);

  /// Whose functions must not destroy this object.
  class User {
   public:
    virtual ~User() = default;
    /// The view is not kept.
    virtual void port_delivered(ByteView bytes) = 0;
    virtual void port_writable() = 0;
    /// Whether it is to be read: otherwise it is not, until resume().
    virtual bool port_wanted() = 0;
    /// It is open, for the first time or again, or not any more.
    virtual void port_opened() = 0;
    virtual void port_lost() = 0;
  };

  /// All references outlive it.
  PortKeeper(io::asio::io_context& context, const std::string& device, const io::SerialSettings& settings,
             io::Observer& observer, User& user);

  /// Opens the device, or waits for it. The error says why that is useless: completes "Could not open serial port X: ...".
  std::expected<void, std::string> start(ShareConfig::Missing missing = ShareConfig::Missing::wait);
  void close();

  bool is_open() const { return state_ == State::open; }
  /// Returns how many of the bytes the device has accepted. When it has not accepted all, port_writable() is called later.
  std::size_t write(ByteView bytes);
  /// Asks port_wanted() again.
  void resume();
  /// Passes on what has arrived already.
  void read_now();

  io::SerialPort& port() { return port_; }
  const io::SerialPort& port() const { return port_; }

 private:
  enum class State : std::uint8_t { closed, awaited, open, lost };
  enum class Read : std::uint8_t { something, nothing };

  void opened();
  void wait_readable();
  Read read_some();
  void wait_writable();
  void writable();
  void await(const std::string& reason);
  void lost(const std::string& reason);
  void schedule();
  void reopen();
  void reopen_failed(const std::string& reason);

  io::Observer& observer_;
  User& user_;
  io::SerialPort port_;
  io::ReservedDescriptor reserved_;
  io::Alarm reopen_alarm_;
  io::Alarm write_alarm_;
  State state_ = State::closed;
  bool held_ = false;            ///< it is open and not read
  bool waits_to_write_ = false;  ///< the device accepts no more for now
  bool write_wait_ = false;      ///< a wait of the device is under way
  Time opened_at_ = {};
  Time away_since_ = {};
  Duration pause_ = {};
  std::string reason_told_;
  io::GrowingInterval still_away_{kStillAway};
  io::LossLog losses_;  ///< since it was open for long enough to be of use
};

}  // namespace serialtcp::share
