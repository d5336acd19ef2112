// A device that has gone mad: 10,000 flows a second for 10 s, of every kind. What it gets is bounded, and what was there goes on.
#include <gtest/gtest.h>

#include "gateway/fake_network.h"
#include "ip/packets.h"
#include "memory_in_use.h"
#include "shell_fixture.h"

namespace serialtcp::gateway {
namespace {

using namespace std::chrono_literals;

constexpr int kFlowsPerSecond = 10'000, kSeconds = 10;
constexpr std::size_t kMostMemory = 1'000'000;

class MadDevice : public testing::Test {
 protected:
  /// The next of the flows, each kind after the other.
  Bytes flow(std::uint32_t number) {
    const auto port = static_cast<std::uint16_t>(number * 7919 % 39'000 + 1);
    const ip::Address neighbour = ip::Address::v4(0x0A000204 + number % 250);
    const ip::Address v6 = ip::Address::v6(0xFD73'6572'6961'6C00, number + 100);
    const ip::Address v6_server = ip::Address::v6(0x2001'0DB8'0000'0000, 1);
    test::TcpFields opening;
    opening.source_port = port;
    opening.flags = ip::tcp_flag::kSyn;
    switch (number % 10) {
      case 0:
        return test::tcp_packet(test::kDevice, test::kServer, opening);
      case 1:
        return test::udp_packet(test::kDevice, test::kServer, port, 9, 10);
      case 2:  // from other addresses of its network, and always the same port
        return test::udp_packet(neighbour, test::kServer, 5000, 9, 10);
      case 3:
        return test::udp_packet(v6, v6_server, 5000, 9, 10);
      case 4:  // spoofed
        return test::tcp_packet(ip::Address::v4(0xC0A80000 + number), test::kServer, opening);
      case 5:  // not allowed
        return test::tcp_packet(test::kDevice, test::kHost, opening);
      case 6: {
        Bytes fragment = test::udp_packet(test::kDevice, test::kServer, port, 9, 10);
        fragment[6] = 0x20;
        return test::with_header_checksum(std::move(fragment));
      }
      case 7: {  // a broken header
        Bytes broken = test::tcp_packet(test::kDevice, test::kServer, opening);
        broken[number / 10 % 20] ^= 0x55;
        return broken;
      }
      case 8:
        return test::icmp_packet(neighbour, test::kServer, 8, 0, "x");
      default:
        opening.flags = ip::tcp_flag::kAck;
        return test::tcp_packet(neighbour, test::kServer, opening);
    }
  }

  FakeNetwork::Seen seen;
  std::size_t to_device = 0;
  io::asio::io_context context;
  io::Recorder observer;
  DeviceNetwork network{context,
                        "tty",
                        PermissionsConfig{},
                        nat::NetworkConfig{},
                        observer,
                        [this](ByteView) { ++to_device; },
                        FakeNetwork::maker(seen)};
};

TEST_F(MadDevice, GetsWhatOneMayHaveAndStopsNothingElse) {
  ASSERT_TRUE(network.attach(1500, 0xFFFF, 1));
  test::TcpFields fields;
  fields.source_port = FakeNetwork::kOwnPort;
  const Bytes own = test::tcp_packet(test::kDevice, test::kServer, fields, "goes on");
  const Bytes echo = test::icmp_packet(test::kDevice, test::kHost, 8, 0, "ping");
  Time now = Time{} + 100s;
  network.from_device(own, now);
  const std::size_t before = test::memory_in_use();
  constexpr std::uint32_t kFlows = kFlowsPerSecond * kSeconds;
  std::size_t asked = 1;
  for (std::uint32_t number = 0; number < kFlows; ++number, now += Duration(1s) / kFlowsPerSecond) {
    network.from_device(flow(number), now);
    if (number % 1000 != 0) continue;
    network.from_device(own, now);
    network.from_device(echo, now);
    ++asked;
    ASSERT_EQ(network.entrance(80), 1U);
  }
  EXPECT_EQ(seen.own, asked);
  EXPECT_EQ(seen.echoes, asked - 1);
  EXPECT_EQ(network.device(), test::kDevice.v4());
  EXPECT_EQ(seen.entrances, 1U);
  EXPECT_GE(seen.sockets.size(), Openings::kAtOnce);
  EXPECT_LE(seen.sockets.size(), nat::Network::kMostSockets);
  EXPECT_LE(to_device, DeviceNetwork::kAnswersAtOnce + DeviceNetwork::kAnswersPerSecond * kSeconds);
  EXPECT_LE(observer.texts.size(), 2U);  // one at once, and one after kToldAgain
  EXPECT_LE(test::memory_in_use(), before + kMostMemory);
  const PacketCounts& counts = network.counts();
  EXPECT_GE(counts.spoofed, kFlows / 10);
  EXPECT_GE(counts.malformed, kFlows / 20);
  EXPECT_GE(counts.fragments, kFlows / 10);
}

}  // namespace
}  // namespace serialtcp::gateway
