// SLIP (RFC 1055) as a DatagramLink. It negotiates nothing: it is up from the start, and the addresses are what the
// user or the other end's owner says. It has no check value, either: a datagram that is damaged where its IP header
// does not show it is found by the checksum of what is in it.
#pragma once

#include <deque>

#include "base/outbox.h"
#include "ip/datagram_link.h"
#include "ip/slip_framing.h"
#include "ip/vj_compressor.h"
#include "ip/vj_decompressor.h"

namespace serialtcp::ip {

/// How the contents of a frame travel, by the first bits (RFC 1144, appendix): 1 compressed, 0111 uncompressed with a
/// slot.
VjKind slip_kind(Byte first);

/// Whether the contents of a frame are a datagram, or one of CSLIP that needs none before it: what tells that the other
/// end speaks SLIP. Contents that are compressed tell nothing.
bool is_slip(ByteView contents);

/// Whether headers of TCP are sent compressed. They are understood in any case.
enum class SlipCompression : std::uint8_t {
  off,
  on,         ///< CSLIP
  automatic,  ///< once the other end has sent one that is made for it
};

/// What has happened since the start.
struct SlipCounters {
  std::uint64_t received = 0;        ///< datagrams
  std::uint64_t received_bytes = 0;  ///< of these, as IP has them
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t damaged = 0;     ///< frames that are no IP packet, or are too long
  std::uint64_t compressed = 0;  ///< of `sent`, those with a compressed header
  std::uint64_t dropped = 0;     ///< datagrams that were too long to be sent, or for which there was no room
};

class SlipLink final : public DatagramLink {
 public:
  /// Longer frames are skipped: the usual MTU of Ethernet, which is more than RFC 1055 asks for (1006).
  static constexpr std::size_t kMaxDatagram = 1500;
  /// Datagrams that poll() has not returned, and bytes that transmit() has not: then more are dropped.
  static constexpr std::size_t kMaxReports = 1024;
  static constexpr std::size_t kMaxOutbox = 64 * 1024;

  /// `addresses.mtu` bounds what is sent: 1 to kMaxDatagram (CHECK).
  SlipLink(const LinkAddresses& addresses, SlipCompression compression);

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

  bool compresses_headers() const override { return compresses_; }
  const SlipCounters& counters() const { return counters_; }
  const VjCounters& vj_counters() const { return decompressor_.counters(); }

 private:
  void take_frame(const SlipReader::Frame& frame);
  void take_packet(ByteView bytes);
  void take_datagram(Bytes datagram);
  void damaged();
  void hear_compression();

  LinkAddresses addresses_;
  SlipCompression compression_;
  SlipReader reader_;
  /// SLIP does not notice a lost frame: each packet names its connection.
  VjCompressor compressor_{vj::kMaxSlots, false};
  VjDecompressor decompressor_{vj::kMaxSlots};
  base::Outbox outbox_ = {};
  std::deque<LinkReport> reports_ = {};
  SlipCounters counters_ = {};
  bool compresses_;
  bool up_ = true;
};

}  // namespace serialtcp::ip
