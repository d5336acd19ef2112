// SLIP (RFC 1055) as a DatagramLink. It negotiates nothing: it is up from the start, and the addresses are what the
// user or the other end's owner says. It has no check value, either: a datagram that is damaged where its IP header
// does not show it is found by the checksum of what is in it.
#pragma once

#include <deque>

#include "base/outbox.h"
#include "ip/datagram_link.h"
#include "ip/slip_framing.h"

namespace serialtcp::ip {

/// What has happened since the start.
struct SlipCounters {
  std::uint64_t received = 0;        ///< datagrams
  std::uint64_t received_bytes = 0;  ///< of these, as IP has them
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t damaged = 0;  ///< frames that are no IP packet, or are too long
  std::uint64_t dropped = 0;  ///< datagrams that were too long to be sent, or for which there was no room
};

class SlipLink final : public DatagramLink {
 public:
  /// Longer frames are skipped: the usual MTU of Ethernet, which is more than RFC 1055 asks for (1006).
  static constexpr std::size_t kMaxDatagram = 1500;
  /// Datagrams that poll() has not returned, and bytes that transmit() has not: then more are dropped.
  static constexpr std::size_t kMaxReports = 1024;
  static constexpr std::size_t kMaxOutbox = 64 * 1024;

  /// `addresses.mtu` bounds what is sent: 1 to kMaxDatagram (CHECK).
  explicit SlipLink(const LinkAddresses& addresses);

  void receive(ByteView bytes, Time now) override;
  void send(ByteView datagram, Time now) override;
  std::size_t pending() const override { return outbox_.size(); }
  Bytes transmit(std::size_t room) override;
  void tick(Time) override {}
  Time deadline() const override { return kNever; }
  std::optional<LinkReport> poll() override;
  bool is_up() const override { return up_; }
  LinkAddresses addresses() const override { return addresses_; }
  /// SLIP has no goodbye: what is pending is still handed out, and nothing is received or sent any more.
  void close(Time now, std::string_view why) override;

  const SlipCounters& counters() const { return counters_; }

 private:
  void take_frame(const SlipReader::Frame& frame);
  void take_packet(ByteView bytes);

  LinkAddresses addresses_;
  SlipReader reader_;
  base::Outbox outbox_ = {};
  std::deque<LinkReport> reports_ = {};
  SlipCounters counters_ = {};
  bool up_ = true;
};

}  // namespace serialtcp::ip
