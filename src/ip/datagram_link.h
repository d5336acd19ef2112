// DatagramLink: one end of a protocol that carries IP datagrams over a line of bytes (PPP, SLIP). No I/O, no clock, no
// randomness: bytes, datagrams and the time come in; bytes, reports and a deadline come out.
//
// The caller's loop:
//
//   - the line delivered bytes       -> receive(), then drain poll()
//   - the line can take bytes        -> transmit(), and write what it returned
//   - a datagram for the peer        -> send(), while pending() is small: what is sent waits in order, and what is sent
//                                       next is decided in front of this object (ip/flow_queue)
//   - deadline() has passed          -> tick(), then drain poll() and try transmit()
//
// `now` must never decrease.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::ip {

/// What a DatagramLink reports.
struct LinkReport {
  enum class Kind : std::uint8_t {
    datagram,  ///< `datagram` has arrived
    up,        ///< datagrams can be sent from now on; addresses() tells which addresses are in use
    down,      ///< no datagrams can be sent any more; `text` says why
    note,      ///< `text` is for the log
  };
  Kind kind = Kind::note;
  /// Of `datagram`: one IPv4 or IPv6 packet from the peer.
  Bytes datagram = {};
  /// Of `down` and `note`: for the log, a whole plain sentence without the port's name.
  std::string text = {};
};

/// Addresses in use once up (IPv4 in host order; 0: none), IPv6 interface ids (0: none), the largest datagram the peer
/// takes, in bytes.
struct LinkAddresses {
  std::uint32_t ours = 0, peers = 0;
  std::uint64_t our_id = 0, peer_id = 0;
  std::size_t mtu = 0;
};

class DatagramLink {
 public:
  DatagramLink() = default;
  virtual ~DatagramLink() = default;
  DatagramLink(const DatagramLink&) = delete;
  DatagramLink& operator=(const DatagramLink&) = delete;

  /// From the line, cut anywhere. The view is not kept.
  virtual void receive(ByteView bytes, Time now) = 0;
  /// To the peer; dropped unless up. Queued nowhere but in the outbox.
  virtual void send(ByteView datagram, Time now) = 0;
  /// Bytes for the line that transmit() has not handed out.
  virtual std::size_t pending() const = 0;
  /// The next bytes for the line, at most `room`. They count as sent: all must be written, in order.
  virtual Bytes transmit(std::size_t room) = 0;
  virtual void tick(Time now) = 0;
  /// When tick() is needed next; kNever if it depends only on what arrives.
  virtual Time deadline() const = 0;
  /// The next report, oldest first; empty when there is none.
  virtual std::optional<LinkReport> poll() = 0;
  virtual bool is_up() const = 0;
  virtual LinkAddresses addresses() const = 0;
  /// Whether headers of TCP are sent in a few bytes now (RFC 1144).
  virtual bool compresses_headers() const = 0;
  /// Says goodbye to the peer, if the protocol can (PPP: Terminate-Request). `why` is for the peer: printable, short.
  virtual void close(Time now, std::string_view why) = 0;
};

}  // namespace serialtcp::ip
