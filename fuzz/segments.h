// Segments of TCP that an input makes, for fuzzers of compressed headers.
#pragma once

#include <array>

#include "input.h"
#include "ip/big_endian.h"
#include "ip/datagram_writer.h"

namespace serialtcp::fuzz {

/// Segments of some connections: the last one of each, which the input changes.
class Segments {
 public:
  Segments() {
    for (std::size_t i = 0; i < kConnections; ++i) {
      tcp_[i].assign(ip::kTcpHeader, 0);
      tcp_[i][1] = static_cast<Byte>(i + 1);
      tcp_[i][12] = 0x50;
      tcp_[i][13] = ip::tcp_flag::kAck;
    }
  }

  /// The next segment of one of them, without an IP header and a checksum.
  Bytes next_payload(Input& input) {
    Byte what = 0;
    return change_one(input, what);
  }

  /// That in IPv4, with a traffic class and an identification.
  Bytes next(Input& input) {
    Byte what = 0;
    const Bytes payload = change_one(input, what);
    Bytes datagram = ip::make_datagram(
        {ip::Address::v4(0x0A000202), ip::Address::v4(0x0A00020F), ip::protocol::kTcp}, payload);
    if ((what & 64U) != 0) datagram[1] = input.u8();
    if ((what & 128U) != 0) ip::put16(datagram, 4, static_cast<std::uint16_t>(input.u16()));
    ip::set_header_checksum(MutableByteView(datagram).first(ip::kIpv4Header));
    return datagram;
  }

 private:
  static constexpr std::size_t kConnections = 6;

  /// `what` is the input's choice of changes; its two highest bits are for the IP header.
  Bytes change_one(Input& input, Byte& what) {
    const std::size_t which = input.u8() % kConnections;
    Bytes& tcp = tcp_[which];
    what = input.u8();
    add32(tcp, 4, (what & 1U) != 0 ? static_cast<std::uint32_t>(data_[which]) : input.u8());
    if ((what & 2U) != 0) add32(tcp, 8, input.u16());
    if ((what & 4U) != 0) ip::put16(tcp, 14, static_cast<std::uint16_t>(ip::get16(tcp, 14) - input.u16()));
    if ((what & 8U) != 0) tcp[input.u8() % tcp.size()] ^= input.u8();
    if ((what & 16U) != 0) tcp[13] ^= input.u8();
    tcp[12] = 0x50;
    Bytes payload = tcp;
    const Bytes data = input.bytes((what & 32U) != 0 ? input.u8() : 0);
    payload.insert(payload.end(), data.begin(), data.end());
    data_[which] = data.size();
    return payload;
  }

  static void add32(Bytes& bytes, std::size_t at, std::uint32_t more) {
    ip::put32(bytes, at, ip::get32(bytes, at) + more);
  }
  std::array<Bytes, kConnections> tcp_;
  std::array<std::size_t, kConnections> data_ = {};
};

}  // namespace serialtcp::fuzz
