// Chooser: detects which of the two protocols the peer uses, and gives the line to it. docs/protocol.md,
// "Which protocol".
//
//               the peer synchronised as the original does
//   own  ----------------------------------------------------> original
//        <----------------------------------------------------
//          a correct hello arrived, or the peer was lost
//
// In "own" the tunnel is in use: its link is up, or it searches for a peer. While it searches, the Chooser
// also answers as the original would. Of the protocols it knows only what it needs to distinguish them.
#pragma once

#include <algorithm>

#include "base/link_protocol.h"
#include "legacy/discovery.h"
#include "legacy/session.h"
#include "tunnel/tunnel.h"

namespace serialtcp::tunnel {

class Chooser {
 public:
  Chooser(const EndpointConfig& config, const Entropy& entropy);

  Tunnel& own() { return own_; }
  const Tunnel& own() const { return own_; }
  bool is_original() const { return in_use_ == Which::original; }
  base::LinkProtocol& in_use() { return at(in_use_); }
  const base::LinkProtocol& in_use() const { return at(in_use_); }
  /// The protocol that has this stream. A stream can remain when the other protocol is in use.
  base::StreamProtocol& of(StreamId id) { return at(owner(id)).streams(); }

  // Operations that concern both protocols, as in Endpoint.
  void feed(ByteView bytes, Time now);
  void tick(Time now);
  std::size_t transmit(MutableByteView room, Time now);
  Time deadline() const;
  Time transmit_due() const;
  std::optional<Event> poll();
  void line_lost(Time now);
  void line_restored(Time now);
  void shut_down(Time now);
  bool finished() const;
  Time last_heard() const { return std::max(own_.last_heard(), original_heard_); }
  std::size_t stream_count() const { return own_.stream_count() + original_.stream_count(); }
  Stats stats() const;
  Undelivered undelivered() const;

 private:
  enum class Which : std::uint8_t { own, original };

  base::LinkProtocol& at(Which which) {
    return which == Which::original ? static_cast<base::LinkProtocol&>(original_) : own_;
  }
  const base::LinkProtocol& at(Which which) const {
    return which == Which::original ? static_cast<const base::LinkProtocol&>(original_) : own_;
  }
  static Which owner(StreamId id) { return legacy::is_stream(id) ? Which::original : Which::own; }
  void feed_original(ByteView bytes, Time now);
  bool looks_for_original() const;
  void answer_original(Time now);
  void listen_for_console(ByteView bytes, Time now);
  void change_to_original(ByteView last_answer, Time now);
  void change_to_own(LinkDownReason reason, Time now);

  const EndpointConfig config_;
  Which in_use_ = Which::own;
  Tunnel own_;
  legacy::Session original_;
  legacy::Discovery discovery_;
  Time original_heard_{};
  legacy::Decoder codes_;  ///< while the original's protocol is in use: a console does not send codes
  wire::Decoder
      hello_watch_;  ///< while the original's protocol is in use: a hello means that the peer changed
  bool begun_ = false;
  Time original_said_{};  ///< when the original's protocol, without a peer, last sent something
};

}  // namespace serialtcp::tunnel
