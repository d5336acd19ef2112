// SocketStream: one connection of this machine (a connected socket of any kind) and the stream of the
// Endpoint that it is tied to. Owns the socket. Moves bytes in both directions, and only as many as the other
// side has space for. Does not know who made the connection, nor why.
//
// The two directions are independent:
//
//   input  (socket -> stream)    paused <-> waiting -> ended
//                                  paused:  connecting, or the stream has no space
//   output (stream -> socket)    idle <-> blocked, waiting -> ended
//                                  blocked: the reader of the socket is slow
//                                  waiting: for its turn, under a limit
//
// A socket that fails may still hold bytes that arrived before: they are read, and then the stream is reset
// after them. In the other direction, when the stream was reset, the bytes before the reset are written, and
// the socket is reset when the other side has them, or has accepted nothing for kFlushPatience.
//
// It keeps itself alive by its pending waits until the socket is closed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/rate_meter.h"
#include "driver/figures.h"
#include "driver/shaper.h"
#include "driver/vanished_peer.h"
#include "net/back_end.h"
#include "net/receive_window.h"
#include "os/asio.h"
#include "os/observer.h"
#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "serialtcp/ids.h"
#include "serialtcp/time.h"

namespace serialtcp {
class Endpoint;
}

namespace serialtcp::io {

class SocketStream;

/// What a SocketStream needs from its owner, which must outlive it.
class StreamHost {
 public:
  virtual Endpoint& endpoint() = 0;
  virtual asio::io_context& io_context() = 0;
  /// A buffer for one read, shared by all streams: nothing remains in it.
  virtual MutableByteView scratch() = 0;
  /// An operation of the Endpoint was called: it may have something to transmit, or an event.
  virtual void kick() = 0;
  /// The socket has bytes that its peer has not acknowledged: check_peer() must be called periodically.
  virtual void watch_peer(SocketStream& stream) = 0;
  /// The link is kept, but the peer is not heard.
  virtual bool peer_is_away() const = 0;
  /// `what` completes "connection 3: ..."; the connection continues.
  virtual void stream_note(const SocketStream& stream, std::string_view what) = 0;
  /// The socket is closed; `how` completes "connection 3: ...".
  virtual void stream_over(SocketStream& stream, Observer::Ending ending, std::string_view how) = 0;

 protected:
  ~StreamHost() = default;
};

class SocketStream : public std::enable_shared_from_this<SocketStream> {
 public:
  /// Bytes read from the Endpoint at once; at most this many are kept while the socket accepts no more.
  static constexpr std::size_t kOutputChunk = 16 * 1024;
  /// A reader that accepts nothing for this time has stopped: a reset does not wait for it any longer.
  static constexpr Duration kFlushPatience = std::chrono::minutes(1);

  SocketStream(StreamHost& host, asio::io_context& context, StreamId id, std::uint64_t number);

  StreamId id() const { return id_; }
  std::uint64_t number() const { return number_; }

  /// Ties a connected socket to the stream. Bytes are moved from now on, within the limits of `shapers`.
  /// `first` was read from the socket already.
  void attach(StreamSocket socket, const Shapers& shapers, Gone when_gone, Bytes first = {});

  // Events of the Endpoint.
  void readable() { move_output(); }
  void writable();
  void closed();
  /// `how` completes "connection 3: ...". The socket is reset when it has accepted the bytes before the
  /// reset.
  void reset(std::string_view how);

  /// Bytes that are pending between socket and stream, here and in the kernel: to the stream, and to the
  /// socket.
  std::size_t input_left();
  std::size_t output_left();
  /// The client and the target are for its owner to fill in.
  StreamFigures figures(Time now) const;
  /// Whether anything has come from the stream for the socket.
  bool has_received() const { return received_ > 0; }
  /// What has been moved until now.
  struct Tally {
    std::uint64_t sent = 0;      ///< bytes from the socket to the stream
    std::uint64_t received = 0;  ///< and from the stream to the socket
    Duration lasted{};
  };
  Tally tally() const;

  /// Drops the stream and everything written to it, if the client has gone. For streams whose OPEN the peer
  /// has not acknowledged.
  void drop_if_gone();

  /// Resets the connection, for any reason; the caller notifies the Endpoint.
  void abandon();

  /// To be called every VanishedPeer::kInterval after watch_peer(), until it returns settled. Resets a peer
  /// that has vanished.
  enum class PeerState : std::uint8_t { watched, settled };
  PeerState check_peer(Time now);

 private:
  enum class Input : std::uint8_t { paused, waiting, ended };
  enum class Output : std::uint8_t { idle, blocked, waiting, ended };

  void resume_input();
  void hold_input();
  void socket_readable();
  std::size_t read_socket(std::size_t most);
  void input_ended();
  void give(MutableByteView bytes);
  void watch_for_reset();
  void move_output();
  std::size_t move_chunk(std::size_t most);
  bool write_to_socket(ByteView bytes);
  void output_ended();
  void socket_failed(std::string_view what = "reset by the local side");
  void output_failed();
  void salvage_input();
  bool flushed();
  void flush_then_reset();
  bool drop_input();
  void finish();
  enum class Close : std::uint8_t { reset, in_order };
  /// How the socket will end when it is closed, for any reason.
  void close_by(Close how);

  StreamHost& host_;
  StreamSocket socket_;
  Shapers shapers_ = {};
  Gone when_gone_ = Gone::is_reset;
  StreamId id_;
  std::uint64_t number_;
  Input input_ = Input::paused;
  Output output_ = Output::idle;
  bool attached_ = false;
  bool stream_closed_ = false;   ///< the id is not valid any more; pending_output_ must still be written
  bool end_is_pending_ = false;  ///< after pending_output_, the end of input must be passed on
  bool watching_ = false;
  bool broken_ = false;  ///< nothing can be written to the socket; what it holds is still read
  bool finished_ = false;
  bool unacknowledged_ = false;  ///< the peer is watched
  VanishedPeer peer_ = {};
  ReceiveWindow window_ = {};
  /// Something that is checked repeatedly until it is finished, or makes no progress.
  struct Watch {
    explicit Watch(asio::io_context& context) : timer(context) {}
    std::string how;  ///< how the stream ended
    asio::steady_timer timer;
    Duration interval{};
    std::uint64_t mark = 0;
    Time progress_at{};
  };
  std::unique_ptr<Watch> flush_ = {};    ///< the stream was reset, and the socket has not accepted everything
  std::unique_ptr<Watch> salvage_ = {};  ///< the socket is broken, and the stream has not accepted everything
  std::unique_ptr<asio::steady_timer> hold_ = {};  ///< until what arrived was acknowledged
  Bytes pending_input_ = {};                       ///< read from the socket, not yet accepted by the stream
  Bytes pending_output_ = {};                      ///< read from the stream, not yet accepted by the socket
  std::uint64_t sent_ = 0;                         ///< from the socket to the stream
  std::uint64_t received_ = 0;                     ///< from the stream to the socket
  base::RateMeter sent_rate_ = {};
  base::RateMeter received_rate_ = {};
  Time since_;
};

/// "1.2 kB sent, 34 kB received in 12 s (2.9 kB/s)"
std::string tally_text(const SocketStream::Tally& tally);

}  // namespace serialtcp::io
