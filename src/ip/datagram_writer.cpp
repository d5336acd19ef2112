#include "ip/datagram_writer.h"

#include <algorithm>

#include "ip/big_endian.h"
#include "ip/checksum.h"

namespace serialtcp::ip {
namespace {

constexpr std::size_t kMaxPayload = 65'535 - kIpv6Header;
constexpr std::uint16_t kDoNotFragment = 0x4000;

/// Where the checksum is in the header of a protocol; 0 for one that has none.
std::size_t checksum_place(std::uint8_t protocol) {
  switch (protocol) {
    case protocol::kTcp:
      return 16;
    case protocol::kUdp:
      return 6;
    case protocol::kIcmp:
    case protocol::kIcmpv6:
      return 2;
    default:
      return 0;
  }
}

void set_payload_checksum(const Envelope& envelope, MutableByteView payload) {
  const std::size_t place = checksum_place(envelope.protocol);
  if (place == 0) return;
  put16(payload, place, 0);
  Checksum sum;
  if (envelope.protocol != protocol::kIcmp)
    sum.add(pseudo_header_sum(envelope.source, envelope.destination, envelope.protocol, payload.size()));
  const std::uint16_t value = sum.add(payload).value();
  // In UDP, 0 would mean that there is none.
  put16(payload, place, value == 0 && envelope.protocol == protocol::kUdp ? 0xFFFF : value);
}

void write_v4(const Envelope& envelope, MutableByteView datagram) {
  datagram[0] = 0x45;
  put16(datagram, 2, static_cast<std::uint16_t>(datagram.size()));
  put16(datagram, 6, kDoNotFragment);
  datagram[8] = envelope.hop_limit;
  datagram[9] = envelope.protocol;
  put32(datagram, 12, envelope.source.v4());
  put32(datagram, 16, envelope.destination.v4());
  set_header_checksum(datagram.first(kIpv4Header));
}

void write_v6(const Envelope& envelope, MutableByteView datagram) {
  datagram[0] = 0x60;
  put16(datagram, 4, static_cast<std::uint16_t>(datagram.size() - kIpv6Header));
  datagram[6] = envelope.protocol;
  datagram[7] = envelope.hop_limit;
  std::ranges::copy(envelope.source.bytes, datagram.begin() + 8);
  std::ranges::copy(envelope.destination.bytes, datagram.begin() + 24);
}

}  // namespace

Bytes make_datagram(const Envelope& envelope, ByteView payload) {
  CHECK(payload.size() <= kMaxPayload);
  const bool is_v4 = envelope.source.is_v4() && envelope.destination.is_v4();
  const std::size_t header = is_v4 ? kIpv4Header : kIpv6Header;
  Bytes datagram(header, 0);
  datagram.insert(datagram.end(), payload.begin(), payload.end());
  set_payload_checksum(envelope, MutableByteView(datagram).subspan(header));
  if (is_v4) {
    write_v4(envelope, datagram);
  } else {
    write_v6(envelope, datagram);
  }
  return datagram;
}

void set_header_checksum(MutableByteView header) {
  CHECK(header.size() >= kIpv4Header);
  put16(header, 10, 0);
  put16(header, 10, Checksum().add(header).value());
}

}  // namespace serialtcp::ip
