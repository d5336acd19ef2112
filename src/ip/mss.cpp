#include "ip/mss.h"

#include <optional>

#include "ip/big_endian.h"
#include "ip/checksum.h"
#include "ip/packet.h"

namespace serialtcp::ip {

namespace {

constexpr std::size_t kChecksumAt = 16;
constexpr Byte kEnd = 0, kNothing = 1, kMaximumSegment = 2;
constexpr Byte kMaximumSegmentSize = 4;

std::size_t ip_header(const Packet& packet) {
  return packet.version == 4 ? 20 : 40;
}

/// Where the size stands in a TCP header with its options.
std::optional<std::size_t> find_mss(ByteView header) {
  for (std::size_t at = kTcpHeader; at < header.size() && header[at] != kEnd;) {
    if (header[at] == kNothing) {
      ++at;
      continue;
    }
    const std::size_t size = at + 1 < header.size() ? header[at + 1] : 0;
    if (size < 2 || at + size > header.size()) return std::nullopt;
    if (header[at] == kMaximumSegment && size == kMaximumSegmentSize) return at + 2;
    at += size;
  }
  return std::nullopt;
}

/// Changes a number that may begin at an odd place: then it is in two words of the checksum.
void change16(MutableByteView tcp, std::size_t at, std::uint16_t value) {
  const std::size_t begin = at - at % 2;
  const std::size_t words = at % 2 == 0 ? 1 : 2;
  std::uint16_t checksum = get16(tcp, kChecksumAt);
  std::uint16_t before[2] = {};
  for (std::size_t i = 0; i < words; ++i) before[i] = get16(tcp, begin + 2 * i);
  put16(tcp, at, value);
  for (std::size_t i = 0; i < words; ++i)
    checksum = updated_checksum(checksum, before[i], get16(tcp, begin + 2 * i));
  put16(tcp, kChecksumAt, checksum);
}

}  // namespace

bool limit_mss(MutableByteView datagram, std::size_t mtu) {
  const auto packet = parse(datagram);
  if (!packet || packet->is_fragment) return false;
  const auto tcp = tcp_of(*packet);
  if (!tcp || (tcp->flags & tcp_flag::kSyn) == 0) return false;
  const std::size_t headers = ip_header(*packet) + kTcpHeader;
  const auto at = find_mss(packet->payload.first(tcp->header));
  if (!at || mtu <= headers || get16(packet->payload, *at) <= mtu - headers) return false;
  change16(datagram.subspan(packet->header, packet->payload.size()), *at,
           static_cast<std::uint16_t>(mtu - headers));
  return true;
}

}  // namespace serialtcp::ip
