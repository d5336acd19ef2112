#include "nat/ethernet.h"

#include <algorithm>

namespace serialtcp::nat::ethernet {

namespace {

constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86DD;
constexpr std::uint16_t kArp = 0x0806;
constexpr Station kRouter = {0x52, 0x55, 0x0A, 0x00, 0x02, 0x02};
constexpr Station kEverybody = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

constexpr std::uint16_t kArpRequest = 1;
constexpr std::uint16_t kArpReply = 2;
constexpr std::size_t kArpLength = 28;

constexpr std::size_t kIpv6Header = 40;
constexpr Byte kIcmpv6 = 58;
constexpr Byte kRouterSolicitation = 133;
constexpr Byte kNeighbourSolicitation = 135;
constexpr Byte kNeighbourAdvertisement = 136;
constexpr Byte kHopLimit = 255;  // RFC 4861, 4: others were forwarded, and are not believed
constexpr std::size_t kSolicitationLength = 24;

using Ipv6Address = std::array<Byte, 16>;

void put16(Bytes& into, std::uint16_t value) {
  into.push_back(static_cast<Byte>(value >> 8));
  into.push_back(static_cast<Byte>(value));
}

void put(Bytes& into, ByteView bytes) {
  into.insert(into.end(), bytes.begin(), bytes.end());
}

std::uint16_t get16(ByteView from, std::size_t at) {
  return static_cast<std::uint16_t>(from[at] << 8 | from[at + 1]);
}

Bytes header(const Station& to, const Station& from, std::uint16_t kind) {
  Bytes frame(to.begin(), to.end());
  put(frame, from);
  put16(frame, kind);
  return frame;
}

/// `to` and `from` are the four bytes of IPv4 addresses.
Bytes arp_reply(ByteView to_station, ByteView to, ByteView from) {
  Bytes frame = header(kRouter, kDevice, kArp);
  put16(frame, 1);  // Ethernet
  put16(frame, kIpv4);
  frame.push_back(kAddress);
  frame.push_back(4);
  put16(frame, kArpReply);
  put(frame, kDevice);
  put(frame, from);
  put(frame, to_station);
  put(frame, to);
  return frame;
}

/// The one's complement sum of RFC 1071, not yet inverted.
std::uint32_t sum_of(ByteView bytes, std::uint32_t sum) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += get16(bytes, i);
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint32_t>(bytes.back() << 8);
  return sum;
}

/// An ICMPv6 message in a frame; its checksum is put in.
Bytes icmpv6(const Ipv6Address& from, const Ipv6Address& to, Bytes message) {
  Bytes frame = header(kRouter, kDevice, kIpv6);
  const std::size_t begin = frame.size();
  put(frame, std::array<Byte, 4>{0x60, 0, 0, 0});
  put16(frame, static_cast<std::uint16_t>(message.size()));
  frame.push_back(kIcmpv6);
  frame.push_back(kHopLimit);
  put(frame, from);
  put(frame, to);
  std::uint32_t sum = sum_of(ByteView(frame).subspan(begin + 8), 0);
  sum = sum_of(message, sum + kIcmpv6 + static_cast<std::uint32_t>(message.size()));
  while (sum >> 16 != 0) sum = (sum & 0xFFFFU) + (sum >> 16);
  sum = ~sum;
  message[2] = static_cast<Byte>(sum >> 8);
  message[3] = static_cast<Byte>(sum);
  put(frame, message);
  return frame;
}

Ipv6Address address_at(ByteView from, std::size_t at) {
  Ipv6Address address{};
  std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), address.size(), address.begin());
  return address;
}

/// RFC 4861, 4.4, with the station of the device as its option.
Bytes neighbour_advertisement(const Ipv6Address& asks, const Ipv6Address& target) {
  constexpr Byte kSolicitedAndOverride = 0x60;
  constexpr Byte kTargetStation = 2;
  Bytes message = {kNeighbourAdvertisement, 0, 0, 0, kSolicitedAndOverride, 0, 0, 0};
  put(message, target);
  message.push_back(kTargetStation);
  message.push_back(1);
  put(message, kDevice);
  return icmpv6(target, asks, std::move(message));
}

std::optional<Bytes> arp_resolution(ByteView arp) {
  if (arp.size() < kArpLength || get16(arp, 6) != kArpRequest) return std::nullopt;
  return arp_reply(arp.subspan(8, kAddress), arp.subspan(14, 4), arp.subspan(24, 4));
}

std::optional<Bytes> neighbour_resolution(ByteView packet) {
  if (packet.size() < kIpv6Header + kSolicitationLength || packet[6] != kIcmpv6 ||
      packet[kIpv6Header] != kNeighbourSolicitation)
    return std::nullopt;
  return neighbour_advertisement(address_at(packet, 8), address_at(packet, kIpv6Header + 8));
}

}  // namespace

Bytes framed(ByteView packet) {
  const unsigned version = packet.empty() ? 0U : packet[0] >> 4;
  if (version != 4 && version != 6) return {};
  Bytes frame = header(kRouter, kDevice, version == 4 ? kIpv4 : kIpv6);
  put(frame, packet);
  return frame;
}

ByteView packet_in(ByteView frame) {
  if (frame.size() < kHeader) return {};
  const std::uint16_t kind = get16(frame, 12);
  return kind == kIpv4 || kind == kIpv6 ? frame.subspan(kHeader) : ByteView{};
}

std::optional<Bytes> resolution(ByteView frame) {
  if (frame.size() < kHeader) return std::nullopt;
  const std::uint16_t kind = get16(frame, 12);
  if (kind == kArp) return arp_resolution(frame.subspan(kHeader));
  return kind == kIpv6 ? neighbour_resolution(frame.subspan(kHeader)) : std::nullopt;
}

Bytes announcement(std::uint32_t address) {
  const std::array<Byte, 4> bytes = {static_cast<Byte>(address >> 24), static_cast<Byte>(address >> 16),
                                     static_cast<Byte>(address >> 8), static_cast<Byte>(address)};
  return arp_reply(kEverybody, bytes, bytes);
}

Bytes router_solicitation(std::uint64_t interface_id) {
  constexpr Ipv6Address kAllRouters = {0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  Ipv6Address own = {0xFE, 0x80};
  for (std::size_t i = 0; i < 8; ++i) own[15 - i] = static_cast<Byte>(interface_id >> (8 * i));
  return icmpv6(own, kAllRouters, {kRouterSolicitation, 0, 0, 0, 0, 0, 0, 0});
}

}  // namespace serialtcp::nat::ethernet
