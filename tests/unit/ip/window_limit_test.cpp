// The window of TCP segments on their way to a sender that is near.
#include "ip/window_limit.h"

#include <gtest/gtest.h>

#include "ip/packets.h"

namespace serialtcp::ip {
namespace {

using test::kDevice;
using test::kServer;

TEST(WindowLimit, LowersWhatIsAboveAndCorrectsTheChecksum) {
  for (const std::uint32_t size : {0U, 1U, 2000U, 2001U, 40'000U, 65'535U}) {
    const auto offered = static_cast<std::uint16_t>(size);
    Bytes segment = test::tcp_packet(kDevice, kServer,
                                     {.source_port = 1, .destination_port = 2, .window = offered}, "data");
    const Bytes before = segment;
    limit_window(segment, 2000);
    const auto packet = parse(segment);
    ASSERT_TRUE(packet);
    EXPECT_EQ(tcp_of(*packet)->window, std::min<std::uint16_t>(offered, 2000));
    EXPECT_TRUE(has_right_checksum(*packet)) << offered;
    if (offered <= 2000) {
      EXPECT_EQ(segment, before);
    }
  }
}

TEST(WindowLimit, LeavesEverythingElseAlone) {
  Bytes part = test::tcp_packet(kDevice, kServer, {.window = 40'000}, "data");
  part[6] = 0x20;  // more fragments follow
  for (Bytes datagram :
       {test::udp_packet(kDevice, kServer, 1, 2, 10), test::icmp_packet(kDevice, kServer, 8, 0, "x"),
        test::with_header_checksum(part), Bytes(), Bytes{0x45, 0}, Bytes(100, 0xFF)}) {
    const Bytes before = datagram;
    limit_window(datagram, 2000);
    EXPECT_EQ(datagram, before);
  }
}

}  // namespace
}  // namespace serialtcp::ip
