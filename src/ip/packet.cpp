#include "ip/packet.h"

#include <algorithm>

#include "ip/big_endian.h"
#include "ip/checksum.h"

namespace serialtcp::ip {
namespace {

constexpr std::array<Byte, 12> kV4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

constexpr std::uint16_t kMoreFragments = 0x2000, kFragmentOffset = 0x1FFF;

std::optional<Packet> parse_v4(ByteView datagram) {
  if (datagram.size() < kIpv4Header) return std::nullopt;
  const std::size_t header = (datagram[0] & 0x0FU) * std::size_t{4};
  const std::size_t total = get16(datagram, 2);
  if (header < kIpv4Header || total < header || total > datagram.size()) return std::nullopt;
  if (Checksum().add(datagram.first(header)).value() != 0) return std::nullopt;
  Packet packet;
  packet.version = 4;
  packet.bytes = datagram.first(total);
  packet.header = header;
  packet.payload = packet.bytes.subspan(header);
  packet.protocol = datagram[9];
  packet.hop_limit = datagram[8];
  packet.ecn = static_cast<Ecn>(datagram[1] & 3U);
  const std::uint16_t fragment = get16(datagram, 6);
  packet.is_later_fragment = (fragment & kFragmentOffset) != 0;
  packet.is_fragment = packet.is_later_fragment || (fragment & kMoreFragments) != 0;
  packet.source = Address::v4(get32(datagram, 12));
  packet.destination = Address::v4(get32(datagram, 16));
  return packet;
}

namespace extension {
constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51, kDestination = 60;
}

/// The size of the extension header that `rest` begins with; 0 if `type` is no extension, or if it is cut off.
std::size_t extension_size(std::uint8_t type, ByteView rest) {
  std::size_t size = 0;
  switch (type) {
    case extension::kHopByHop:
    case extension::kRouting:
    case extension::kDestination:
      size = rest.size() < 2 ? 0 : (rest[1] + std::size_t{1}) * 8;
      break;
    case extension::kFragment:
      size = 8;
      break;
    case extension::kAuthentication:
      size = rest.size() < 2 ? 0 : (rest[1] + std::size_t{2}) * 4;
      break;
    default:
      break;
  }
  return size > rest.size() ? 0 : size;
}

bool is_extension(std::uint8_t type) {
  return type == extension::kHopByHop || type == extension::kRouting || type == extension::kFragment ||
         type == extension::kAuthentication || type == extension::kDestination;
}

/// Moves from the first header to the payload; false if there is no way.
bool skip_extensions(Packet& packet) {
  for (unsigned count = 0; is_extension(packet.protocol) && !packet.is_later_fragment; ++count) {
    const std::size_t size = extension_size(packet.protocol, packet.payload);
    if (size == 0 || count == kMaxExtensions) return false;
    if (packet.protocol == extension::kFragment) {
      const std::uint16_t word = get16(packet.payload, 2);
      packet.is_later_fragment = (word & 0xFFF8U) != 0;
      packet.is_fragment = packet.is_later_fragment || (word & 1U) != 0;
    }
    packet.protocol = packet.payload[0];
    packet.header += size;
    packet.payload = packet.payload.subspan(size);
  }
  return true;
}

std::optional<Packet> parse_v6(ByteView datagram) {
  if (datagram.size() < kIpv6Header) return std::nullopt;
  const std::size_t total = kIpv6Header + get16(datagram, 4);
  if (total > datagram.size()) return std::nullopt;
  Packet packet;
  packet.version = 6;
  packet.bytes = datagram.first(total);
  packet.header = kIpv6Header;
  packet.payload = packet.bytes.subspan(kIpv6Header);
  packet.protocol = datagram[6];
  packet.hop_limit = datagram[7];
  packet.ecn = static_cast<Ecn>((datagram[1] >> 4U) & 3U);
  packet.source = Address::v6(datagram.subspan(8, 16));
  packet.destination = Address::v6(datagram.subspan(24, 16));
  if (!skip_extensions(packet)) return std::nullopt;
  return packet;
}

/// A payload of `protocol` that begins with its header, of at least `header` bytes.
bool begins_with(const Packet& packet, std::uint8_t protocol, std::size_t header) {
  return packet.protocol == protocol && !packet.is_later_fragment && packet.payload.size() >= header;
}

std::uint8_t icmp_protocol(const Packet& packet) {
  return packet.version == 4 ? protocol::kIcmp : protocol::kIcmpv6;
}

}  // namespace

Address Address::v4(std::uint32_t value) {
  Address address;
  std::ranges::copy(kV4Prefix, address.bytes.begin());
  put32(address.bytes, kV4Prefix.size(), value);
  return address;
}

Address Address::v6(ByteView value) {
  Address address;
  CHECK(value.size() == address.bytes.size());
  std::ranges::copy(value, address.bytes.begin());
  return address;
}

Address Address::v6(std::uint64_t prefix, std::uint64_t interface_id) {
  Address address;
  for (std::size_t i = 0; i < 8; ++i) {
    address.bytes[7 - i] = static_cast<Byte>(prefix >> (8 * i));
    address.bytes[15 - i] = static_cast<Byte>(interface_id >> (8 * i));
  }
  return address;
}

bool Address::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), bytes.begin());
}

std::uint32_t Address::v4() const {
  return is_v4() ? get32(bytes, kV4Prefix.size()) : 0;
}

std::optional<Packet> parse(ByteView datagram) {
  if (datagram.empty()) return std::nullopt;
  switch (datagram[0] >> 4U) {
    case 4:
      return parse_v4(datagram);
    case 6:
      return parse_v6(datagram);
    default:
      return std::nullopt;
  }
}

std::optional<Tcp> tcp_of(const Packet& packet) {
  const ByteView bytes = packet.payload;
  if (!begins_with(packet, protocol::kTcp, kTcpHeader)) return std::nullopt;
  const std::size_t header = (bytes[12] >> 4U) * std::size_t{4};
  if (header < kTcpHeader || header > bytes.size()) return std::nullopt;
  return Tcp{.source_port = get16(bytes, 0),
             .destination_port = get16(bytes, 2),
             .sequence = get32(bytes, 4),
             .acknowledgement = get32(bytes, 8),
             .flags = bytes[13],
             .window = get16(bytes, 14),
             .urgent = get16(bytes, 18),
             .header = header,
             .data = bytes.subspan(header)};
}

std::optional<Udp> udp_of(const Packet& packet) {
  const ByteView bytes = packet.payload;
  if (!begins_with(packet, protocol::kUdp, kUdpHeader)) return std::nullopt;
  const std::size_t size = get16(bytes, 4);
  // Of the first fragment there is less than the datagram has.
  if (size < kUdpHeader || (size > bytes.size() && !packet.is_fragment)) return std::nullopt;
  return Udp{.source_port = get16(bytes, 0),
             .destination_port = get16(bytes, 2),
             .data = bytes.first(std::min(size, bytes.size())).subspan(kUdpHeader)};
}

std::optional<Icmp> icmp_of(const Packet& packet) {
  const ByteView bytes = packet.payload;
  if (!begins_with(packet, icmp_protocol(packet), kIcmpHeader)) return std::nullopt;
  return Icmp{
      .type = bytes[0], .code = bytes[1], .rest = get32(bytes, 4), .data = bytes.subspan(kIcmpHeader)};
}

std::uint32_t pseudo_header_sum(const Address& source, const Address& destination, std::uint8_t protocol,
                                std::size_t size) {
  Checksum sum;
  sum.add(source.bytes).add(destination.bytes);  // the prefix of an IPv4 address is FFFF, which adds nothing
  return std::uint32_t{sum.folded()} + protocol + static_cast<std::uint32_t>(size);
}

bool has_right_checksum(const Packet& packet) {
  if (packet.is_fragment) return false;
  if (packet.version == 4 && packet.protocol == protocol::kIcmp) {
    return icmp_of(packet) && Checksum().add(packet.payload).value() == 0;
  }
  ByteView covered = packet.payload;
  if (const auto udp = udp_of(packet)) {
    if (packet.version == 4 && get16(covered, 6) == 0) return true;
    covered = covered.first(kUdpHeader + udp->data.size());
  } else if (!tcp_of(packet) && !icmp_of(packet)) {
    return false;
  }
  const std::uint32_t pseudo =
      pseudo_header_sum(packet.source, packet.destination, packet.protocol, covered.size());
  return Checksum().add(pseudo).add(covered).value() == 0;
}

}  // namespace serialtcp::ip
