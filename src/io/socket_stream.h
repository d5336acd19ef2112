// SocketStream: one connection of this machine, a connected socket of whatever kind, and the stream of the
// Endpoint that it is tied to. Owns the socket; moves bytes both ways, only ever as many as the other side
// has room for. Does not know who made the connection, nor why.
//
// Two directions, independent of each other:
//
//   input  (socket -> stream)    paused <-> waiting -> ended           paused: connecting, or the stream is
//   full output (stream -> socket)    idle <-> blocked, waiting -> ended    blocked: the socket's reader is
//   slow
//                                                                      waiting: for its turn, under a limit
//
// It holds itself alive by its waits until the socket is closed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "io/asio.h"
#include "io/back_end.h"
#include "io/receive_window.h"
#include "io/shaper.h"
#include "io/vanished_peer.h"
#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "serialtcp/ids.h"

namespace serialtcp {
class Endpoint;
}

namespace serialtcp::io {

class SocketStream;

/// What a SocketStream needs from its surroundings. Outlives it.
class StreamHost {
 public:
  virtual Endpoint& endpoint() = 0;
  /// Room for one read, shared by all streams: nothing stays in it.
  virtual MutableByteView scratch() = 0;
  /// A verb of the Endpoint was called: it may have something to transmit, or an event.
  virtual void kick() = 0;
  /// The socket has bytes that its peer has not acknowledged: check_peer() is to be called now and then.
  virtual void watch_peer(SocketStream& stream) = 0;
  /// The socket is closed; `how` completes "connection 3: ...".
  virtual void stream_over(SocketStream& stream, std::string_view how) = 0;

 protected:
  ~StreamHost() = default;
};

class SocketStream : public std::enable_shared_from_this<SocketStream> {
 public:
  /// Read from the Endpoint at once, and kept at most when the socket takes no more.
  static constexpr std::size_t kOutputChunk = 16 * 1024;

  SocketStream(StreamHost& host, asio::io_context& context, StreamId id, std::uint64_t number);

  StreamId id() const { return id_; }
  std::uint64_t number() const { return number_; }

  /// Ties a connected socket to the stream; bytes move from now on, within the bounds of `shapers`. `first`
  /// has been read from the socket already.
  void attach(StreamSocket socket, const Shapers& shapers, Gone when_gone, Bytes first = {});

  // Events of the Endpoint.
  void readable() { move_output(); }
  void writable();
  void closed();
  /// `how` completes "connection 3: ...".
  void reset(std::string_view how);

  /// Resets the connection, for whatever reason; the caller tells the Endpoint.
  void abandon();

  /// Every VanishedPeer::kInterval after watch_peer(), until it is settled. A peer that has vanished is reset.
  enum class PeerState : std::uint8_t { watched, settled };
  PeerState check_peer(Time now);

 private:
  enum class Input : std::uint8_t { paused, waiting, ended };
  enum class Output : std::uint8_t { idle, blocked, waiting, ended };

  void resume_input();
  void pause_input();
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
  void finish(std::string_view how);
  enum class Close : std::uint8_t { reset, in_order };
  /// How the socket will end when it is closed, by whomever.
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
  bool stream_closed_ = false;   ///< the id names nothing any more; what is left is to empty pending_output_
  bool end_is_pending_ = false;  ///< after pending_output_, the end of input is to be passed on
  bool watching_ = false;
  bool finished_ = false;
  bool unacknowledged_ = false;  ///< the peer is watched
  VanishedPeer peer_ = {};
  ReceiveWindow window_ = {};
  std::unique_ptr<asio::steady_timer> pause_ = {};  ///< between two reads for a full stream
  bool pausing_ = false;
  Bytes pending_input_ = {};    ///< read from the socket, not yet taken by the stream
  Bytes pending_output_ = {};   ///< read from the stream, not yet taken by the socket
  std::uint64_t sent_ = 0;      ///< from the socket to the stream
  std::uint64_t received_ = 0;  ///< from the stream to the socket
};

}  // namespace serialtcp::io
