#include "ip/transport_header.h"

#include <algorithm>
#include <array>

#include "ip/big_endian.h"

namespace serialtcp::ip {

bool is_timestamps(ByteView options) {
  constexpr std::array<Byte, 4> kHeadOfThem = {1, 1, 8, 10};
  return options.size() == kTimestampOptions && std::ranges::equal(options.first(4), kHeadOfThem);
}

std::uint8_t traffic_class(ByteView header) {
  if (header[0] >> 4U == 4) return header[place::kV4Class];
  return static_cast<std::uint8_t>(get16(header, 0) >> 4U);
}

void set_traffic_class(MutableByteView header, std::uint8_t value) {
  if (header[0] >> 4U == 4) {
    header[place::kV4Class] = value;
    return;
  }
  const unsigned others = get16(header, 0) & 0xF00FU;
  put16(header, 0, static_cast<std::uint16_t>(others | static_cast<unsigned>(value) << 4U));
}

std::optional<std::size_t> packable_headers(const Packet& packet) {
  if (packet.is_fragment || packet.header != (packet.version == 4 ? kIpv4Header : kIpv6Header)) return {};
  if (!has_right_checksum(packet)) return {};
  if (packet.protocol == protocol::kUdp) {
    const auto udp = udp_of(packet);
    if (!udp || udp->data.size() + kUdpHeader != packet.payload.size()) return {};
    return packet.header + kUdpHeader;
  }
  const auto tcp = tcp_of(packet);
  if (!tcp || tcp->urgent != 0) return {};
  if ((tcp->flags & (tcp_flag::kSyn | tcp_flag::kRst | tcp_flag::kUrg)) != 0) return {};
  return packet.header + tcp->header;
}

}  // namespace serialtcp::ip
