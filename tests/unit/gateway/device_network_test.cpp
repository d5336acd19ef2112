// DeviceNetwork: the address of a device, and what stays when it speaks something else.
#include <gtest/gtest.h>

#include "gateway/fake_network.h"
#include "shell_fixture.h"

namespace serialtcp::gateway {
namespace {

using namespace std::chrono_literals;

struct DeviceNetworkTest : testing::Test {
  FakeNetwork::Seen seen;
  io::asio::io_context context;
  io::Recorder observer;
  DeviceNetwork network{context,  "tty",           PermissionsConfig{},     nat::NetworkConfig{},
                        observer, [](ByteView) {}, FakeNetwork::maker(seen)};
};

TEST_F(DeviceNetworkTest, ADeviceThatHasAnotherAddressForGoodIsReachedThere) {
  ASSERT_TRUE(network.attach(1500, 0xFFFF, 0));
  const auto sends = [&](std::uint32_t address, Time now) {
    network.from_device(test::icmp_packet(ip::Address::v4(address), test::kHost, 8, 0, "ping"), now);
  };
  const Time begin = Time{} + 100s;
  sends(0x0A000221, begin);  // the first one counts at once
  EXPECT_EQ(network.device(), 0x0A000221U);
  EXPECT_EQ(network.entrance(80), 1U);
  sends(0x0A000222, begin + DeviceNetwork::kAddressLasts - 1ms);
  EXPECT_EQ(network.device(), 0x0A000221U);
  EXPECT_EQ(network.entrance(80), 1U);
  sends(0x0A000222, begin + DeviceNetwork::kAddressLasts);
  EXPECT_EQ(network.device(), 0x0A000222U);
  EXPECT_EQ(network.entrance(80), 2U);
  EXPECT_EQ(seen.entrances, 1U);  // the other one is closed
}

TEST_F(DeviceNetworkTest, ConnectionsStayWhenShorterPacketsWouldDo) {
  // As SLIP and then CSLIP have it, where the first compressed header comes with the first segment of a connection.
  constexpr std::size_t kSlip = 1036, kCslip = 576, kLargest = 1500;
  ASSERT_TRUE(network.attach(network.mtu(kSlip, kLargest), 0xFFFF, 0));
  EXPECT_EQ(network.mtu(kCslip, kLargest), kCslip);  // nothing is open yet
  test::TcpFields opening;
  opening.source_port = 1234;
  opening.flags = ip::tcp_flag::kSyn;
  network.from_device(test::tcp_packet(test::kDevice, test::kServer, opening), Time{} + 100s);
  EXPECT_EQ(network.mtu(kCslip, kLargest), kSlip);
  ASSERT_TRUE(network.attach(network.mtu(kCslip, kLargest), 0xFFFF, 0));
  EXPECT_EQ(seen.networks, 1U);
  // One that takes less is another device, and so is one for which longer ones would do.
  EXPECT_EQ(network.mtu(296, 296), 296U);
  EXPECT_EQ(network.mtu(kLargest, kLargest), kLargest);
}

}  // namespace
}  // namespace serialtcp::gateway
