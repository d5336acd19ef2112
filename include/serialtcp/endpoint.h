// Endpoint: one end of a tunnel, as a pure state machine.
//
// It implements the whole protocol: hello, frames, acks, retransmission, pacing, streams, credit. It does no
// I/O, reads no clock, draws no random numbers, logs nothing, starts no thread, and calls no callbacks.
// Bytes, time and entropy are arguments; bytes, events and a deadline are results. It does not know file
// descriptors or TCP sockets.
//
// The caller's loop:
//
//   - the line delivered bytes       -> feed(), then drain poll()
//   - the line can take bytes        -> transmit(), and write what it returned; 0: nothing is to be sent now
//   - deadline() has passed          -> tick(), then drain poll() and try transmit()
//   - transmit_due() has passed      -> transmit(), if the line can take bytes
//   - an operation on a stream       -> try transmit() and check deadline() again
//
// `now` must never decrease. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/event.h"
#include "serialtcp/ids.h"
#include "serialtcp/service.h"
#include "serialtcp/stats.h"
#include "serialtcp/time.h"

namespace serialtcp {

namespace tunnel {
class CodedLine;
}

/// 32 bytes from the system's random source, fresh for each Endpoint.
using Entropy = std::array<Byte, 32>;

enum class StreamError : std::uint8_t {
  link_down,         ///< open(): there is no link now
  too_many_streams,  ///< open(): the limit of either end is reached
  no_names,          ///< open(): the peer uses the original's protocol, which has only the default service
  no_such_stream,    ///< the id is not valid (any more)
  write_shut,        ///< write(), send_datagram(): after shut_write()
  wrong_kind,        ///< an operation for bytes on a stream of datagrams, or the reverse
  too_long,          ///< send_datagram(): more than limits::kMaxDatagram bytes
  no_datagrams,      ///< open(): the peer uses the original's protocol, which supports only bytes
};

/// What happened to a datagram so far.
enum class DatagramFate : std::uint8_t {
  waits,    ///< pending
  dropped,  ///< there was no space for it
};

/// The result of read_datagram(). Without a datagram: there is none (yet). `end` is true when the last one
/// has been read and the peer will send no more.
struct DatagramReadResult {
  std::optional<Bytes> datagram;
  bool end = false;
};

/// The result of read(). `end` is true when the end of the peer's data was reached; then no more bytes will
/// come.
struct ReadResult {
  std::size_t count = 0;
  bool end = false;
};

/// What was not delivered yet, of all streams of bytes.
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

  /// Processes bytes from the line, any number of them. The view is not kept.
  void feed(ByteView bytes, Time now);

  /// The maximum of bytes that should be passed to feed(). 0: the line should not be read until a stream has
  /// been read, so that the line's flow control stops the peer. It is small only with the original's
  /// protocol, which has no flow control.
  std::size_t feed_room() const;

  /// Does what is due. It is harmless to call it early or without need.
  void tick(Time now);

  /// Fills `room` with the next bytes for the line and returns how many. They count as sent: the caller must
  /// write all of them, in order. Returns 0 when nothing may be sent now; deadline() returns when to try
  /// again. Call it only when the line can take bytes, with no more room than it can take: what is sent next
  /// is decided here, at the last moment.
  std::size_t transmit(MutableByteView room, Time now);

  /// When tick() is due; kNever if it depends only on events. May be in the past.
  Time deadline() const;

  /// When transmit() will have something to send, as far as it depends on time; kNever if it does not. May be
  /// in the past. It is useless while the line takes no bytes: a caller that waits for the line to become
  /// writable need not wait for this as well.
  Time transmit_due() const;

  /// The next event, oldest first; empty when there is none. Bounded: at most a few for each stream are
  /// queued.
  std::optional<Event> poll();

  /// The line is away: nothing is received and nothing is transmitted until line_restored(). Streams are kept
  /// for the hold time. The original's protocol cannot repair what was in flight: there they are reset.
  void line_lost(Time now);

  /// The line was reopened after it was away (or bytes returned by transmit() were discarded). Everything
  /// partly sent or received is discarded, and a frame to the peer is due at once. Streams continue.
  void line_restored(Time now);

  /// The line was set to another speed: its rate in bytes per second. To be called between line_lost() and
  /// line_restored().
  void line_has_rate(std::uint64_t nominal_rate, Time now);
  /// The line is open, and its speed may be changed by this object, if the peer supports it: see wanted_speed(). To be
  /// called before the first transmit(), and before each line_restored().
  void line_has_speeds(const LineSpeeds& speeds);
  /// The speed that the line should be set to now; empty if there is nothing to be changed. Until speed_set(), nothing is
  /// transmitted. To be looked at after each operation, as event::LineSpeed.
  std::optional<std::uint32_t> wanted_speed() const;
  /// That is done: the speed that the line has now; empty if it could not be set.
  void speed_set(std::optional<std::uint32_t> speed, Time now);
  /// The present speed of the line; 0 without line_has_speeds().
  std::uint32_t line_speed() const;
  /// The speeds that both ends can do, in ascending order, once the peer has said its own; else empty.
  std::vector<std::uint32_t> common_speeds() const;
  /// With LineSpeeds::by_hand: proposes this speed to the peer, which event::LineSpeed tells the outcome of, unless the peer
  /// does not answer within a second. False, and nothing happens, if it cannot be proposed now.
  bool try_speed(std::uint32_t speed, Time now);

  /// Resets every stream and sends goodbye to the peer. Afterwards call transmit() until finished(); open()
  /// fails.
  void shut_down(Time now);
  /// True when shut_down() was called and transmit() has returned everything that had to be sent.
  bool finished() const;

  bool link_up() const;

  /// When a correct frame of a peer last arrived; Time{} if never.
  Time last_heard() const;
  /// Since when an answer of the peer has been awaited; kNever if none is. Without a link one is always
  /// awaited, since Time{}. An answer is requested after limits::kIdleProbe of silence, but not on a
  /// half-duplex line without streams.
  Time unanswered_since() const;
  /// When that answer is late even for a bad line: some 4 s later.
  Time overdue_at() const;
  /// The measured speed of the line, in bytes per second.
  std::uint64_t rate() const;
  /// The number of streams now.
  std::size_t streams() const;
  /// Between event::Away and event::Back.
  bool link_away() const;

  /// The services that the peer has announced on this link; null if it has not announced any (yet). Valid
  /// until the next operation.
  const ServiceNames* peer_services() const;

  // ---- Streams ----

  /// Opens a stream to the peer. Bytes may be written at once; they are sent together with the opening. A
  /// name in `purpose` must be a service name (CHECK).
  std::expected<StreamId, StreamError> open(const Purpose& purpose, Time now);

  /// The purpose of a stream, whichever end opened it; null for an invalid id. Valid until the next
  /// operation.
  const Purpose* purpose(StreamId stream) const;

  /// The target of a stream that the peer opened is connected. Only the original's protocol reports this to
  /// the peer.
  void connected(StreamId stream, Time now);

  /// Accepts as many bytes as there is space for (perhaps 0) and returns how many. If it was not all,
  /// event::Writable follows.
  std::expected<std::size_t, StreamError> write(StreamId stream, ByteView bytes, Time now);

  /// Whether the peer has acknowledged the opening of this stream.
  bool is_known_to_peer(StreamId stream) const;

  /// How many bytes write() would accept now; 0 for an invalid id. Of a stream of datagrams: how many bytes of them the
  /// line can use soon, in some 15 ms. More may be sent nevertheless; if there is no more room after send_datagram(),
  /// event::Writable follows when there is again. So the order of what is sent can be decided late.
  std::size_t write_room(StreamId stream) const;

  /// Reads up to into.size() bytes that have arrived in order. This lets the peer send more. If it returned
  /// into.size() bytes, there may be more, and no event follows: call it again.
  std::expected<ReadResult, StreamError> read(StreamId stream, MutableByteView into, Time now);

  /// Accepts a datagram of up to limits::kMaxDatagram bytes, perhaps none, on a stream of datagrams. It is
  /// sent completely and once, or dropped if it could not be sent within `patience`; a loss is not reported.
  std::expected<DatagramFate, StreamError> send_datagram(StreamId stream, ByteView datagram,
                                                         Duration patience, Time now);

  /// The oldest datagram that has arrived and was not read. If it returns one, there may be more, and no
  /// event follows: call it again. A datagram that arrives while many are unread is dropped.
  std::expected<DatagramReadResult, StreamError> read_datagram(StreamId stream, Time now);

  /// No more bytes will be written: the peer reads the end after everything written so far. Reading
  /// continues. When both ends have done this and everything has arrived and was read, event::Closed follows.
  std::expected<void, StreamError> shut_write(StreamId stream, Time now);

  /// Ends the stream in both directions at once; bytes not yet delivered are lost. The id is not valid
  /// afterwards, and no event follows except those that are already queued. No effect for an invalid id.
  void reset(StreamId stream, ResetReason reason, Time now);

  /// Like reset(), but what was written is delivered first: the peer's application reads it, and is then
  /// notified of the reset. If its reader reads nothing for a minute, the reset does not wait any longer.
  void reset_in_order(StreamId stream, ResetReason reason, Time now);

  /// Nothing more will be read: what the peer has sent is dropped, and it is requested to send no more.
  /// Writing continues. Afterwards only a reset can end the stream.
  void stop_reading(StreamId stream, Time now);

  /// To be called before shut_down(): notifies a peer that supports it that this end exits as soon as
  /// everything is delivered. May be repeated.
  void announce_leaving(Time now);
  /// What the peer has last reported, after announce_leaving(), that it still has to deliver; 0: everything
  /// is delivered. Empty until it has reported.
  std::optional<std::uint64_t> peer_left() const;
  /// To be called periodically after event::PeerLeaving: how many bytes for the peer were not even written
  /// yet.
  void tell_left(std::uint64_t bytes, Time now);
  Undelivered undelivered() const;

  Stats stats() const;

 private:
  std::unique_ptr<tunnel::CodedLine> line_;
};

}  // namespace serialtcp
