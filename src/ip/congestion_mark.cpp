#include "ip/congestion_mark.h"

#include "ip/big_endian.h"
#include "ip/checksum.h"

namespace serialtcp::ip {

void mark_congestion(MutableByteView datagram) {
  const std::uint16_t before = get16(datagram, 0);
  if (before >> 12U == 4) {
    const auto after = static_cast<std::uint16_t>(before | 0x0003U);
    put16(datagram, 0, after);
    put16(datagram, 10, updated_checksum(get16(datagram, 10), before, after));
  } else {
    put16(datagram, 0, static_cast<std::uint16_t>(before | 0x0030U));
  }
}

}  // namespace serialtcp::ip
