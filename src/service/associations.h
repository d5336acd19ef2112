// Associations: the streams of datagrams of one service, each between two who send datagrams to each other,
// one at this end and one at the other. Bounds how many there are, ends those that nobody uses, counts, keeps
// to the limit, and tells. Does not know sockets.
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

namespace serialtcp::io {

/// How a service treats datagrams, at this end.
struct DatagramTerms {
  /// An association that nobody has used for so long ends.
  Duration idle = std::chrono::seconds(60);
  /// A datagram that the line has not begun to take for so long is dropped.
  Duration late = std::chrono::seconds(1);
  /// Bytes per second in each direction, of all associations together. What is beyond it is dropped.
  std::optional<std::uint64_t> limit = {};
};

class Associations;

class Association : public StreamHandler {
 public:
  /// `all` outlives it.
  Association(Associations& all, StreamId id, std::uint64_t number) : all_(all), id_(id), number_(number) {}

  StreamId id() const { return id_; }

  /// This end's side has sent this.
  void take(ByteView datagram);
  /// It ends, at the other end too; `how` completes "connection 3: ...".
  void end(ResetReason reason, std::string_view how);

  void readable() final;
  void closed() final;
  void reset(ResetReason reason) final;
  void abandon() final;

 protected:
  Associations& all() { return all_; }
  /// The other end's side has sent this. Whether it can be delivered is nobody's business.
  virtual void deliver(ByteView datagram) = 0;
  /// False while datagrams have to wait.
  virtual bool ready() const { return true; }
  /// The other end has ended it, for this reason; close() comes next.
  virtual void was_reset(ResetReason) {}
  /// It has ended; nothing else is heard. It may be destroyed by this.
  virtual void close() = 0;

 private:
  friend class Associations;

  void over(std::string_view how);

  Associations& all_;
  StreamId id_;
  std::uint64_t number_;
  std::uint64_t sent_ = 0;      ///< datagrams into the stream
  std::uint64_t received_ = 0;  ///< datagrams out of it
  Time last_used_{};
  bool told_ = false;
  std::optional<std::list<std::shared_ptr<Association>>::iterator> place_ = {};  ///< while it lives
};

class Associations {
 public:
  /// At once; when there is one more, the one goes that was idle for longest. Each costs a socket at the end
  /// that sends to the target, and a browser's name look-ups are tens.
  static constexpr std::size_t kMost = 1024;
  /// Beginnings that are told of at once, and in a second in the long run: whoever sends from ever new ports
  /// does not fill the log.
  static constexpr std::uint64_t kToldAtOnce = 20;
  static constexpr std::uint64_t kToldPerSecond = 5;

  /// Outlived by `connections`.
  Associations(Connections& connections, const DatagramTerms& terms);
  ~Associations();
  Associations(const Associations&) = delete;
  Associations& operator=(const Associations&) = delete;

  Connections& connections() { return connections_; }
  std::size_t size() const { return by_age_.size(); }

  /// A stream of datagrams belongs to it from now on; `what` is for the log.
  void add(std::shared_ptr<Association> association, std::string_view what);
  /// Something to tell of a connection, unless too much has been told lately.
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
