#include "ip/window_limit.h"

#include "ip/big_endian.h"
#include "ip/checksum.h"
#include "ip/packet.h"
#include "ip/transport_header.h"

namespace serialtcp::ip {

void limit_window(MutableByteView datagram, std::uint16_t most) {
  const auto packet = parse(datagram);
  if (!packet || packet->is_fragment || !tcp_of(*packet)) return;
  const MutableByteView segment = datagram.subspan(packet->header);
  const std::uint16_t before = get16(segment, place::kWindow);
  if (before <= most) return;
  put16(segment, place::kWindow, most);
  put16(segment, place::kTcpChecksum, updated_checksum(get16(segment, place::kTcpChecksum), before, most));
}

}  // namespace serialtcp::ip
