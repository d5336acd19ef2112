// Datagrams for the tests of ip, from the fields that matter to a test.
#pragma once

#include <string_view>

#include "ip/big_endian.h"
#include "ip/datagram_writer.h"
#include "ip/packet.h"

namespace serialtcp::test {

inline const ip::Address kDevice = ip::Address::v4(0x0A00020F);  // 10.0.2.15
inline const ip::Address kHost = ip::Address::v4(0x0A000202);    // 10.0.2.2
inline const ip::Address kServer = ip::Address::v4(0xC0000201);  // 192.0.2.1

/// fec0::`last`
inline ip::Address v6_address(Byte last) {
  ip::Address address;
  address.bytes[0] = 0xFE;
  address.bytes[1] = 0xC0;
  address.bytes[15] = last;
  return address;
}

struct TcpFields {
  std::uint16_t source_port = 40'000, destination_port = 80;
  std::uint32_t sequence = 0, acknowledgement = 0;
  std::uint8_t flags = ip::tcp_flag::kAck;
  std::uint16_t window = 8192, urgent = 0;
  Bytes options = {};  // a multiple of 4
};

inline Bytes tcp_payload(const TcpFields& fields, std::string_view data) {
  Bytes bytes(ip::kTcpHeader, 0);
  ip::put16(bytes, 0, fields.source_port);
  ip::put16(bytes, 2, fields.destination_port);
  ip::put32(bytes, 4, fields.sequence);
  ip::put32(bytes, 8, fields.acknowledgement);
  bytes[12] = static_cast<Byte>((ip::kTcpHeader + fields.options.size()) / 4 << 4U);
  bytes[13] = fields.flags;
  ip::put16(bytes, 14, fields.window);
  ip::put16(bytes, 18, fields.urgent);
  bytes.insert(bytes.end(), fields.options.begin(), fields.options.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

inline Bytes tcp_packet(const ip::Address& from, const ip::Address& to, const TcpFields& fields,
                        std::string_view data = {}) {
  return ip::make_datagram({from, to, ip::protocol::kTcp}, tcp_payload(fields, data));
}

inline Bytes udp_packet(const ip::Address& from, const ip::Address& to, std::uint16_t from_port,
                        std::uint16_t to_port, std::size_t size) {
  Bytes bytes(ip::kUdpHeader + size, 'u');
  ip::put16(bytes, 0, from_port);
  ip::put16(bytes, 2, to_port);
  ip::put16(bytes, 4, static_cast<std::uint16_t>(bytes.size()));
  return ip::make_datagram({from, to, ip::protocol::kUdp}, bytes);
}

/// ICMP or ICMPv6, as the addresses are.
inline Bytes icmp_packet(const ip::Address& from, const ip::Address& to, Byte type, Byte code,
                         std::string_view data) {
  Bytes bytes{type, code, 0, 0, 0x12, 0x34, 0, 1};
  bytes.insert(bytes.end(), data.begin(), data.end());
  return ip::make_datagram({from, to, from.is_v4() ? ip::protocol::kIcmp : ip::protocol::kIcmpv6}, bytes);
}

/// After the IP header of an IPv4 packet was changed.
inline Bytes with_header_checksum(Bytes packet) {
  ip::set_header_checksum(MutableByteView(packet).first((packet[0] & 15U) * std::size_t{4}));
  return packet;
}

}  // namespace serialtcp::test
