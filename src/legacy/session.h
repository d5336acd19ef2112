// Session: the original's protocol at one end, with the operations of an Endpoint. docs/protocol.md, "The
// original's protocol".
//
//   syncing ------> idle ------> connecting ------> relaying
//      ^             |  D            |  F, D, too late  |  D, or our side ended
//      +-------------+---------------+------------------+
//
// There is one connection at a time: streams that are opened meanwhile wait for their turn. A stream whose
// connection has ended on the line remains until its data has been read. Session does not know our own
// protocol, nor which protocol is in use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <optional>

#include "base/byte_queue.h"
#include "base/event_queue.h"
#include "base/link_protocol.h"
#include "base/outbox.h"
#include "legacy/synchroniser.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::legacy {

/// Set in the ids of a session's streams, and in no others.
inline constexpr std::uint64_t kStreamBit = std::uint64_t{1} << 63;
constexpr bool is_stream(StreamId id) {
  return (id.serial & kStreamBit) != 0;
}

class Session final : public base::LinkProtocol, public base::StreamProtocol {
 public:
  explicit Session(const EndpointConfig& config);

  /// Begins to synchronise.
  void begin(Time now);
  /// Continues after a synchronisation by Discovery; `said` is the part of it that is still to be sent.
  void begin_synchronised(ByteView said, Time now);
  /// The peer has stopped speaking this protocol: every stream is reset, except those that only have data to
  /// be read.
  void end(LinkDownReason reason);

  /// Bytes that only a peer with our own protocol understands; sent in every attempt, and periodically while
  /// idle.
  void set_preamble(const Bytes& preamble) { sync_.set_preamble(preamble); }

  // As in Endpoint.
  void feed(ByteView bytes, Time now);
  void tick(Time now);
  Time deadline() const;
  std::size_t transmit(MutableByteView room, Time now);
  bool something_to_say() const;
  std::optional<Event> poll() { return events_.pop(); }
  void line_restored(Time now);
  void shut_down();
  bool finished() const { return !something_to_say(); }
  /// So many attempts to synchronise were not answered that the peer is considered gone.
  bool lost() const { return lost_; }

  // As in LinkProtocol and StreamProtocol.
  base::StreamProtocol& streams() override { return *this; }
  std::size_t feed_room() const override;
  bool link_up() const override { return up_; }
  /// Without a link. An idle connection needs no answers.
  Time unanswered_since() const override { return up_ ? kNever : Time{}; }
  /// Not measured.
  std::uint64_t rate() const override { return config_.nominal_rate; }
  std::expected<StreamId, StreamError> open(const Purpose& purpose, Time now) override;
  /// Always the default service, for an existing id.
  const Purpose* purpose(StreamId id) const override;
  void connected(StreamId id, Time now) override;
  std::expected<std::size_t, StreamError> write(StreamId id, ByteView bytes, Time now) override;
  std::size_t write_room(StreamId id) const override;
  std::expected<ReadResult, StreamError> read(StreamId id, MutableByteView into, Time now) override;
  std::expected<void, StreamError> shut_write(StreamId id, Time now) override;
  /// Its protocol has no reasons.
  void reset(StreamId id, ResetReason reason, Time now) override;
  void reset_in_order(StreamId id, ResetReason reason, Time now) override;
  void stop_reading(StreamId id, Time now) override;
  Undelivered undelivered() const;

  const Stats& stats() const { return stats_; }
  void add_to(Stats& stats) const;
  std::size_t stream_count() const { return streams_.size(); }

 private:
  enum class State : std::uint8_t { off, syncing, idle, connecting, relaying };

  struct Stream {
    StreamId id;
    base::ByteQueue out = {};
    base::ByteQueue in = {};
    bool shut = false;         ///< the application writes no more
    bool over = false;         ///< nothing more will come from the line
    bool abandoned = false;    ///< the application has given it up; what it has written is still sent
    bool drops_input = false;  ///< the application reads no more
    /// The application is notified of a reset with this reason when it has read the data before it.
    std::optional<ResetReason> reset_heard = {};
    bool write_blocked = false;
    bool readable_told = false;
  };
  /// The order of the table is the order of opening.
  using Table = std::map<StreamId, Stream>;

  void set_state(State next);
  void synchronise(Time now);
  void synchronised(Time now);
  void lose_peer();
  void next_connection(Time now);
  void start_relaying(Time now);
  void on_code(Byte code, Time now);
  void on_data(ByteView bytes);
  void on_connect(Time now);
  void connect_failed(ResetReason reason, Time now);
  void peer_disconnected(Time now);
  void leave_line();
  void end_if_all_sent(Time now);
  void input_over();
  bool keep_until_read(Stream& stream, ResetReason reason);
  void erase_if_abandoned(StreamId id);
  void tell_readable(Stream& stream);
  void tell_writable(Stream& stream);
  void forget(StreamId id, ResetReason reason);
  void forget_under_way();
  void forget_all_unfinished();
  void limit_unread();
  Stream* find(StreamId id);
  const Stream* find(StreamId id) const;
  Stream* active() { return active_ ? find(*active_) : nullptr; }

  const EndpointConfig config_;
  State state_ = State::off;
  Synchroniser sync_;
  Decoder decoder_;
  bool up_ = false;
  bool lost_ = false;
  bool own_kind_told_ = false;
  Time connect_until_ = kNever;
  Time preamble_due_ = kNever;

  Table streams_;
  std::deque<StreamId> waiting_;       ///< wait for their turn
  std::optional<StreamId> active_;     ///< the one that uses the line
  std::optional<StreamId> receiving_;  ///< the one that data from the line is for, ...
  bool started_ = false;               ///< ... after its start has arrived
  std::deque<StreamId> unread_;        ///< `over`, and not completely read
  std::uint64_t last_serial_ = 0;

  base::Outbox outbox_;
  base::EventQueue events_;
  Stats stats_;
};

}  // namespace serialtcp::legacy
