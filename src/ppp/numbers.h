// The numbers of PPP: protocols, codes of packets, options (RFC 1661, 1332, 1877, 1334, 1994, 5072).
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::ppp {

/// What a frame carries.
namespace protocol {
inline constexpr std::uint16_t kIpv4 = 0x0021;
inline constexpr std::uint16_t kVjCompressed = 0x002D;
inline constexpr std::uint16_t kVjUncompressed = 0x002F;
inline constexpr std::uint16_t kIpv6 = 0x0057;
inline constexpr std::uint16_t kIpcp = 0x8021;
inline constexpr std::uint16_t kIpv6cp = 0x8057;
inline constexpr std::uint16_t kLcp = 0xC021;
inline constexpr std::uint16_t kPap = 0xC023;
inline constexpr std::uint16_t kChap = 0xC223;
}  // namespace protocol

/// Of LCP, IPCP and IPV6CP; those from kProtocolReject on are LCP's alone.
namespace code {
inline constexpr Byte kConfigureRequest = 1;
inline constexpr Byte kConfigureAck = 2;
inline constexpr Byte kConfigureNak = 3;
inline constexpr Byte kConfigureReject = 4;
inline constexpr Byte kTerminateRequest = 5;
inline constexpr Byte kTerminateAck = 6;
inline constexpr Byte kCodeReject = 7;
inline constexpr Byte kProtocolReject = 8;
inline constexpr Byte kEchoRequest = 9;
inline constexpr Byte kEchoReply = 10;
inline constexpr Byte kDiscardRequest = 11;
inline constexpr Byte kIdentification = 12;  ///< RFC 1570
inline constexpr Byte kTimeRemaining = 13;   ///< RFC 1570
}  // namespace code

/// Of LCP, RFC 1661 section 6 and RFC 1662 section 7.
namespace lcp_option {
inline constexpr Byte kMru = 1;
inline constexpr Byte kMap = 2;
inline constexpr Byte kAuthentication = 3;
inline constexpr Byte kMagic = 5;
inline constexpr Byte kProtocolCompression = 7;
inline constexpr Byte kAddressCompression = 8;
}  // namespace lcp_option

/// Of IPCP.
namespace ipcp_option {
inline constexpr Byte kCompression = 2;
inline constexpr Byte kAddress = 3;
inline constexpr Byte kDns = 129;        ///< RFC 1877
inline constexpr Byte kSecondDns = 131;  ///< RFC 1877
}  // namespace ipcp_option

/// Of IPV6CP.
namespace ipv6cp_option {
inline constexpr Byte kInterfaceId = 1;
}  // namespace ipv6cp_option

/// The algorithm of CHAP (RFC 1994).
inline constexpr Byte kChapMd5 = 5;

}  // namespace serialtcp::ppp
