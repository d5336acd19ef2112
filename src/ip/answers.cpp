#include "ip/answers.h"

#include <algorithm>

#include "ip/big_endian.h"
#include "ip/datagram_writer.h"

namespace serialtcp::ip {
namespace {

namespace icmp_type {
constexpr std::uint8_t kEchoReply = 0, kUnreachable = 3, kEcho = 8;
// The types of RFC 1122 that are no errors; unknown ones may be.
constexpr std::array<std::uint8_t, 10> kQueries{0, 8, 9, 10, 13, 14, 15, 16, 17, 18};
}  // namespace icmp_type

namespace icmpv6_type {
constexpr std::uint8_t kUnreachable = 1, kTooBig = 2, kEcho = 128, kEchoReply = 129, kFirstQuery = 128;
}

bool is_one_host(const Address& address) {
  if (!address.is_v4()) return address.bytes[0] != 0xFF && address != Address{};
  const std::uint32_t value = address.v4();
  // Not 0.0.0.0/8, nor multicast, nor what is reserved above it, with 255.255.255.255.
  return value >> 24U != 0 && value < 0xE0000000U;
}

bool is_error(const Packet& packet) {
  if (packet.protocol == protocol::kIcmp && packet.version == 4) {
    return packet.payload.empty() || !std::ranges::count(icmp_type::kQueries, packet.payload[0]);
  }
  if (packet.protocol == protocol::kIcmpv6 && packet.version == 6) {
    return packet.payload.empty() || packet.payload[0] < icmpv6_type::kFirstQuery;
  }
  return false;
}

bool may_get_answer(const Packet& packet) {
  return !packet.is_later_fragment && is_one_host(packet.source) && is_one_host(packet.destination);
}

bool may_get_error(const Packet& packet) {
  return may_get_answer(packet) && !is_error(packet);
}

ByteView quoted(const Packet& packet) {
  const std::size_t most =
      packet.version == 4 ? packet.header + kQuotedV4 : kMaxErrorV6 - kIpv6Header - kIcmpHeader;
  return packet.bytes.first(std::min(most, packet.bytes.size()));
}

Bytes error(const Packet& refused, const Address& from, Byte type, Byte code, std::uint32_t rest) {
  Bytes payload(kIcmpHeader, 0);
  payload[0] = type;
  payload[1] = code;
  put32(payload, 4, rest);
  const ByteView quote = quoted(refused);
  payload.insert(payload.end(), quote.begin(), quote.end());
  return make_datagram({.source = from,
                        .destination = refused.source,
                        .protocol = refused.version == 4 ? protocol::kIcmp : protocol::kIcmpv6},
                       payload);
}

}  // namespace

std::optional<Bytes> echo_reply(const Packet& request) {
  const auto icmp = icmp_of(request);
  const bool is_v4 = request.version == 4;
  if (!icmp || icmp->code != 0 || icmp->type != (is_v4 ? icmp_type::kEcho : icmpv6_type::kEcho) ||
      !may_get_answer(request) || !has_right_checksum(request)) {
    return std::nullopt;
  }
  Bytes payload(request.payload.begin(), request.payload.end());
  payload[0] = is_v4 ? icmp_type::kEchoReply : icmpv6_type::kEchoReply;
  return make_datagram({request.destination, request.source, request.protocol}, payload);
}

std::optional<Bytes> prohibited(const Packet& refused, const Address& from) {
  if (!may_get_error(refused)) return std::nullopt;
  constexpr Byte kProhibitedV4 = 13, kProhibitedV6 = 1;
  if (refused.version == 4) return error(refused, from, icmp_type::kUnreachable, kProhibitedV4, 0);
  return error(refused, from, icmpv6_type::kUnreachable, kProhibitedV6, 0);
}

std::optional<Bytes> too_big(const Packet& refused, const Address& from, std::size_t mtu) {
  if (!may_get_error(refused)) return std::nullopt;
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(mtu, 0xFFFF));
  constexpr std::uint16_t kDoNotFragment = 0x4000;
  constexpr Byte kFragmentationNeeded = 4;
  if (refused.version == 6) return error(refused, from, icmpv6_type::kTooBig, 0, size);
  if ((get16(refused.bytes, 6) & kDoNotFragment) == 0) return std::nullopt;
  return error(refused, from, icmp_type::kUnreachable, kFragmentationNeeded, size);
}

std::optional<Bytes> reset(const Packet& segment) {
  const auto tcp = tcp_of(segment);
  if (!tcp || (tcp->flags & tcp_flag::kRst) != 0 || !may_get_answer(segment) ||
      !has_right_checksum(segment)) {
    return std::nullopt;
  }
  Bytes payload(kTcpHeader, 0);
  put16(payload, 0, tcp->destination_port);
  put16(payload, 2, tcp->source_port);
  payload[12] = kTcpHeader / 4 << 4U;
  if ((tcp->flags & tcp_flag::kAck) != 0) {
    put32(payload, 4, tcp->acknowledgement);
    payload[13] = tcp_flag::kRst;
  } else {
    const unsigned controls = ((tcp->flags & tcp_flag::kSyn) != 0 ? 1U : 0U) + (tcp->flags & tcp_flag::kFin);
    put32(payload, 8, static_cast<std::uint32_t>(tcp->sequence + tcp->data.size() + controls));
    payload[13] = tcp_flag::kRst | tcp_flag::kAck;
  }
  return make_datagram({segment.destination, segment.source, protocol::kTcp}, payload);
}

}  // namespace serialtcp::ip
