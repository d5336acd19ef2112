// Endpoint::Chooser: which of the two protocols the other end speaks, and the verbs of an Endpoint handed to
// the one that is in use. docs/protocol.md, "Which protocol".
//
//               synchronised as the original does
//   own  ------------------------------------------> original
//        <------------------------------------------
//          a correct hello, or the peer is lost
//
// "own" is seeking a peer (speaking both) and the tunnel once it is up. It does not know what either protocol
// says but for finding out.
#pragma once

#include <algorithm>

#include "legacy/discovery.h"
#include "legacy/session.h"
#include "tunnel/impl.h"

namespace serialtcp {

class Endpoint::Chooser {
 public:
  Chooser(const EndpointConfig& config, const Entropy& entropy);

  void feed(ByteView bytes, Time now);
  std::size_t feed_room() const;
  void tick(Time now);
  std::size_t transmit(MutableByteView room, Time now);
  Time deadline() const;
  Time transmit_due() const;
  std::optional<Event> poll();
  void line_lost(Time now);
  void line_restored(Time now);
  void shut_down(Time now);
  bool finished() const;
  bool link_up() const;
  Time last_heard() const { return std::max(own_.last_heard(), original_heard_); }
  Time unanswered_since() const;
  Time overdue_at() const { return in_use_ == InUse::own ? own_.overdue_at() : unanswered_since(); }
  std::uint64_t rate() const;
  std::size_t streams() const;
  bool link_away() const { return in_use_ == InUse::own && own_.link_away(); }
  const ServiceNames* peer_services() const;
  Stats stats() const;

  std::expected<StreamId, StreamError> open(const Purpose& purpose, Time now);
  const Purpose* purpose(StreamId id) const;
  bool is_known_to_peer(StreamId id) const;
  void connected(StreamId id, Time now);
  std::expected<std::size_t, StreamError> write(StreamId id, ByteView bytes, Time now);
  std::size_t write_room(StreamId id) const;
  std::expected<ReadResult, StreamError> read(StreamId id, MutableByteView into, Time now);
  std::expected<DatagramFate, StreamError> send_datagram(StreamId id, ByteView datagram, Duration patience,
                                                         Time now);
  std::expected<DatagramReadResult, StreamError> read_datagram(StreamId id, Time now);
  std::expected<void, StreamError> shut_write(StreamId id, Time now);
  void reset(StreamId id, ResetReason reason, Time now);
  void reset_in_order(StreamId id, ResetReason reason, Time now);
  void stop_reading(StreamId id, Time now);
  void announce_leaving(Time now);
  void tell_left(std::uint64_t bytes, Time now);
  std::optional<std::uint64_t> peer_left() const;
  Undelivered undelivered() const;

 private:
  enum class InUse : std::uint8_t { own, original };

  void feed_original(ByteView bytes, Time now);
  bool looks_for_original() const;
  void answer_original(Time now);
  void listen_for_console(ByteView bytes, Time now);
  void change_to_original(ByteView last_answer, Time now);
  void change_to_own(LinkDownReason reason, Time now);
  /// The session that has this stream, or nothing: the tunnel has it.
  legacy::Session* session_of(StreamId id);
  const legacy::Session* session_of(StreamId id) const;

  const EndpointConfig config_;
  InUse in_use_ = InUse::own;
  Impl own_;
  legacy::Session original_;
  legacy::Discovery discovery_;
  Time original_heard_{};
  legacy::Decoder codes_;      ///< while the original's protocol is in use: they are not what a console says
  wire::Decoder hello_watch_;  ///< while the original's protocol is in use
  bool begun_ = false;
  Time original_said_{};  ///< when something of its protocol was said to nobody that is known
};

}  // namespace serialtcp
