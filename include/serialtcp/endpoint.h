// Endpoint: one end of a tunnel, as a pure state machine.
//
// It owns the whole protocol: hello, frames, acks, resending, pacing, streams, credit. It does no I/O, reads
// no clock, draws no randomness, logs nothing, starts no thread, calls nobody back. Bytes, time and entropy
// are arguments; bytes, events and a deadline are results. It does not know what a file descriptor or a TCP
// socket is.
//
// The caller's loop:
//   - the line delivered bytes    -> feed(), then drain poll()
//   - the line can take bytes     -> transmit(); write what it returned; it says 0 when there is nothing to
//   send *now*
//   - deadline() has passed       -> tick(), then drain poll() and try transmit()
//   - transmit_due() has passed   -> transmit(), if the line can take bytes
//   - a stream verb was called    -> try transmit() and look at deadline() again
// `now` must never go back. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/event.h"
#include "serialtcp/ids.h"
#include "serialtcp/service.h"
#include "serialtcp/stats.h"
#include "serialtcp/time.h"

namespace serialtcp {

namespace tunnel {
class Chooser;
}

/// 32 bytes from the system's random source, fresh for each Endpoint.
using Entropy = std::array<Byte, 32>;

enum class StreamError : std::uint8_t {
  link_down,         ///< open(): there is no tunnel now
  too_many_streams,  ///< open(): the limit of either end is reached
  no_names,          ///< open(): the peer speaks the original's protocol, which has only the default service
  no_such_stream,    ///< the id names nothing (any more)
  write_shut,        ///< write(), send_datagram(): shut_write() came before
  wrong_kind,        ///< a verb for bytes on a stream of datagrams, or the other way round
  too_long,          ///< send_datagram(): more than limits::kMaxDatagram bytes
  no_datagrams,      ///< open(): the peer speaks the original's protocol, which knows only bytes
};

/// What became of a datagram, for now.
enum class DatagramFate : std::uint8_t {
  waits,    ///< for its turn
  dropped,  ///< there was no room for it
};

/// What read_datagram() did. No datagram: none is there (yet). `end` is true when the last one has been read
/// and the peer has no more.
struct DatagramReadResult {
  std::optional<Bytes> datagram;
  bool end = false;
};

/// What read() did. `end` is true when the peer's end of input has been reached; then no more bytes come,
/// ever.
struct ReadResult {
  std::size_t count = 0;
  bool end = false;
};

/// What has not been delivered of all streams of bytes.
struct Undelivered {
  std::uint64_t to_peer = 0;         ///< bytes written, and not acknowledged by the peer
  std::uint64_t to_application = 0;  ///< bytes that arrived and were not read; an end counts as one
  std::uint64_t ends = 0;            ///< ends and resets of streams that the peer has not acknowledged
};

class Endpoint {
 public:
  Endpoint(const EndpointConfig& config, const Entropy& entropy);
  ~Endpoint();
  Endpoint(Endpoint&&) noexcept;
  Endpoint& operator=(Endpoint&&) noexcept;

  // ---- The line ----

  /// What the line delivered, any number of bytes. The view is not kept.
  void feed(ByteView bytes, Time now);

  /// How many bytes feed() should be given at most; 0 when the line should be left unread, so that its own
  /// flow control stops the peer, until a stream has been read. Only the original's protocol ever makes it
  /// small: it has no flow control.
  std::size_t feed_room() const;

  /// Does what has become due. Calling it early or for nothing is harmless.
  void tick(Time now);

  /// Fills `room` with the next bytes for the line and returns how many. All of them count as sent: the
  /// caller must write them, in order. Returns 0 when nothing may be sent now; deadline() says when to ask
  /// again. Call it only when the line can take bytes, with no more room than it can take: what goes next is
  /// decided here, at the last moment.
  std::size_t transmit(MutableByteView room, Time now);

  /// When tick() is next due; kNever if only by something that happens. May be in the past.
  Time deadline() const;

  /// When transmit() will next have something, as far as time decides it; kNever if not by time. May be in
  /// the past. Of no use while the line takes no bytes: whoever waits for the line to become writable does
  /// not wait for this as well.
  Time transmit_due() const;

  /// The next event, oldest first; nothing when there is none. Bounded: at most a few per stream are ever
  /// queued.
  std::optional<Event> poll();

  /// The line has gone: nothing is heard and nothing is transmitted until line_restored(). Streams are held
  /// for the hold time. The original's protocol cannot repair what was on its way: there they are reset.
  void line_lost(Time now);

  /// The line was opened again after it had gone (or bytes handed out by transmit() were thrown away):
  /// whatever was half sent or half received is forgotten, and the peer is spoken to at once. Streams go on.
  void line_restored(Time now);

  /// Resets every stream and says goodbye to the peer. Afterwards transmit() until finished(); open() fails.
  void shut_down(Time now);
  /// True when shut_down() was called and everything that it had to say has been handed to transmit().
  bool finished() const;

  bool link_up() const;

  /// When something correct was heard of a peer for the last time; Time{} if never.
  Time last_heard() const;
  /// Since when the peer has owed an answer; kNever while it owes none. Without a link one is always owed, since
  /// Time{}. While there are streams, an answer is asked for after limits::kIdleProbe of silence.
  Time unanswered_since() const;
  /// When that answer is late even on a bad line: some 4 s later.
  Time overdue_at() const;
  /// Bytes per second that the line carries, as far as is known.
  std::uint64_t rate() const;
  /// How many streams there are now.
  std::size_t streams() const;
  /// Between event::Away and event::Back.
  bool link_away() const;

  /// What the peer has told of its services on this link; nothing of a peer that has not told (yet). Valid
  /// until the next verb.
  const ServiceNames* peer_services() const;

  // ---- Streams ----

  /// Opens a stream to the peer. Bytes may be written at once; they travel with the opening. A name in
  /// `purpose` must be a service name.
  std::expected<StreamId, StreamError> open(const Purpose& purpose, Time now);

  /// What a stream is for, whichever end opened it; null for an id that names nothing. Valid until the next
  /// verb.
  const Purpose* purpose(StreamId stream) const;

  /// The target of a stream that the peer opened has been connected to. Only the original's protocol tells
  /// the peer.
  void connected(StreamId stream, Time now);

  /// Takes as many bytes as there is room for (perhaps 0) and returns how many. If fewer than all,
  /// event::Writable follows.
  std::expected<std::size_t, StreamError> write(StreamId stream, ByteView bytes, Time now);

  /// Is the peer known to have heard of this stream?
  bool is_known_to_peer(StreamId stream) const;

  /// How many bytes write() would take now; 0 for an id that names nothing.
  std::size_t write_room(StreamId stream) const;

  /// Takes up to into.size() bytes that have arrived in order. What is read makes room for the peer to send
  /// more. When it returned into.size() bytes there may be more, and no event says so: call it again.
  std::expected<ReadResult, StreamError> read(StreamId stream, MutableByteView into, Time now);

  /// Takes a datagram of up to limits::kMaxDatagram bytes, perhaps none, on a stream of datagrams. It is sent
  /// whole and once, or dropped if its turn has not come `patience` later; nobody is told if it is lost.
  std::expected<DatagramFate, StreamError> send_datagram(StreamId stream, ByteView datagram,
                                                         Duration patience, Time now);

  /// The oldest datagram that has arrived and was not read. While it returns one there may be more, and no
  /// event says so: call it again. One that comes while many wait to be read is dropped.
  std::expected<DatagramReadResult, StreamError> read_datagram(StreamId stream, Time now);

  /// No more bytes will be written: the peer reads the end after everything written so far. Reading goes on.
  /// When both ends have done this and all has arrived and been read, event::Closed follows.
  std::expected<void, StreamError> shut_write(StreamId stream, Time now);

  /// Ends the stream in both directions at once; bytes not yet delivered are lost. The id names
  /// nothing afterwards and no event follows but those that poll() has not handed out yet. For an id that
  /// names nothing it does nothing.
  void reset(StreamId stream, ResetReason reason, Time now);

  /// As reset(), but what has been written is delivered first: the peer's application reads it, and then hears
  /// of the reset. If for a minute its reader takes nothing, the reset no longer waits.
  void reset_in_order(StreamId stream, ResetReason reason, Time now);

  /// Nothing more is read: what the peer has sent and still sends is dropped, and it is asked to send no more.
  /// Writing goes on. Only a reset can end the stream after that.
  void stop_reading(StreamId stream, Time now);

  /// Before shut_down(): tells a peer that can understand it that this end ends as soon as everything has been
  /// delivered. Harmless if it is repeated.
  void announce_leaving(Time now);
  /// What the peer has said last, after announce_leaving(), that it still has to deliver: 0 is all done.
  /// Nothing while it has not said anything.
  std::optional<std::uint64_t> peer_left() const;
  /// After event::PeerLeaving, now and then: how many bytes for the peer have not even been written yet.
  void tell_left(std::uint64_t bytes, Time now);
  Undelivered undelivered() const;

  Stats stats() const;

 private:
  std::unique_ptr<tunnel::Chooser> chooser_;
};

}  // namespace serialtcp
