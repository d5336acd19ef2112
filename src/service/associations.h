// Associations: the streams of datagrams of one service, each between two programs that send datagrams to
// each other, one at this end and one at the other. Limits their number, ends idle ones, counts, applies the
// limit, and logs. Does not know sockets.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bucket.h"
#include "driver/connections.h"
#include "driver/stream_handler.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "service/datagram_flow.h"

namespace serialtcp::io {

/// How a service treats datagrams at this end.
struct DatagramTerms {
  /// An association that was not used for this time ends.
  Duration idle = std::chrono::seconds(60);
  /// A datagram that the line has not begun to take for this time is dropped.
  Duration late = std::chrono::seconds(1);
  /// Bytes per second in each direction, of all associations together. Datagrams beyond it are dropped.
  std::optional<std::uint64_t> limit = {};
};

class Associations;

class Association : public StreamHandler {
 public:
  /// What this end knows of the programs, for StreamFigures.
  struct Ends {
    std::string client = {};
    std::string target = {};
  };

  /// `all` must outlive it.
  Association(Associations& all, StreamId id, std::uint64_t number);

  StreamId id() const { return id_; }

  /// The program at this end has sent this datagram.
  void take(ByteView datagram);
  /// Ends it, also at the other end; `how` completes "connection 3: ...".
  void end(ResetReason reason, std::string_view how);

  void readable() final;
  void closed() final;
  void reset(ResetReason reason) final;
  void abandon() final;
  std::optional<StreamFigures> figures(Time now) const final;
  void closed_by_user(std::string_view how) final;

 protected:
  Associations& all() { return all_; }
  /// The program at the other end has sent this datagram. A failure to deliver it is ignored.
  virtual void deliver(ByteView datagram) = 0;
  /// False while datagrams have to wait.
  virtual bool ready() const { return true; }
  /// The other end has ended it, for this reason; close() is called next.
  virtual void was_reset(ResetReason) {}
  /// It has ended; this is the last call, and may destroy it.
  virtual void close() = 0;

 private:
  friend class Associations;

  void over(std::string_view how);

  Associations& all_;
  StreamId id_;
  std::uint64_t number_;
  DatagramFlow sent_;      ///< into the stream
  DatagramFlow received_;  ///< from the stream
  Time since_;
  Ends ends_;
  Time last_used_{};
  bool told_ = false;
  std::optional<std::list<std::shared_ptr<Association>>::iterator> place_ = {};  ///< while it lives
};

class Associations {
 public:
  /// Maximum at the same time; a new one evicts the least recently used. Each costs a socket at the end that
  /// sends to the target, and a browser has tens of name look-ups.
  static constexpr std::size_t kMost = 1024;
  /// Beginnings that are logged at once, and per second in the long run, so that a sender with ever new ports
  /// does not fill the log.
  static constexpr std::uint64_t kToldAtOnce = 20;
  static constexpr std::uint64_t kToldPerSecond = 5;

  /// `connections` must outlive it.
  Associations(Connections& connections, const DatagramTerms& terms);
  ~Associations();
  Associations(const Associations&) = delete;
  Associations& operator=(const Associations&) = delete;

  Connections& connections() { return connections_; }
  std::size_t size() const { return by_age_.size(); }

  /// Ties a stream of datagrams to the association; `what` is for the log.
  void add(std::shared_ptr<Association> association, std::string_view what, Association::Ends ends);
  /// Logs a message about a connection, unless there were too many recently.
  void tell(std::uint64_t number, std::string_view what);

 private:
  friend class Association;

  enum class Way : std::uint8_t { in, out };
  bool within_limit(Way way, std::size_t size);
  void used(Association& association);
  void remove(Association& association);
  void arm();
  void end_idle();

  Connections& connections_;
  DatagramTerms terms_;
  std::optional<base::Bucket> in_;
  std::optional<base::Bucket> out_;
  std::list<std::shared_ptr<Association>> by_age_;  ///< the one first that was used least lately
  asio::steady_timer timer_;
  bool armed_ = false;
  base::Bucket told_{kToldAtOnce, kToldPerSecond};
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
