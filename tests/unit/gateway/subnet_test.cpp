// The device's network: what can be one, and which one is chosen.
#include "gateway/subnet.h"

#include <gtest/gtest.h>

namespace serialtcp::gateway {
namespace {

TEST(Subnet, IsParsed) {
  EXPECT_EQ(to_string(*parse_subnet("192.168.7.0/24")), "192.168.7.0/24");
  EXPECT_EQ(to_string(*parse_subnet("10.0.0.0/8")), "10.0.0.0/8");
  for (const char* wrong : {"", "10.0.2.0", "10.0.2.1/24", "10.0.2.0/", "10.0.2.0/29", "10.0.0.0/7",
                            "8.8.8.0/24", "172.32.0.0/16", "10.0.2.0/24x", "[fd00::]/64", "localhost/24"})
    EXPECT_FALSE(parse_subnet(wrong)) << wrong;
}

TEST(Subnet, AnotherOneIsChosenWhereThisMachineIsInTheUsualOne) {
  EXPECT_EQ(to_string(choose_subnet({}, {}).subnet), "10.0.2.0/24");
  EXPECT_TRUE(choose_subnet({}, {{0xC0A80000, 24}}).remark.empty());
  const SubnetChoice other = choose_subnet({}, {{0x0A000000, 16}});
  EXPECT_EQ(to_string(other.subnet), "10.200.2.0/24");
  EXPECT_NE(other.remark.find("10.200.2.0/24 instead"), std::string::npos) << other.remark;
  EXPECT_EQ(to_string(choose_subnet({}, {{0x0A000000, 8}}).subnet), "172.31.200.0/24");
}

TEST(Subnet, WhatTheUserWantsIsTakenWithARemark) {
  const ip::NetworkV4 wanted{0x0A000000, 16};
  EXPECT_TRUE(choose_subnet(wanted, {{0xC0A80000, 24}}).remark.empty());
  const SubnetChoice taken = choose_subnet(wanted, {{0x0A000200, 24}});
  EXPECT_EQ(taken.subnet.network, wanted.network);
  EXPECT_NE(taken.remark.find("cannot reach hosts there"), std::string::npos) << taken.remark;
}

TEST(Subnet, AddressesAreWithinIt) {
  for (const unsigned prefix : {8U, 24U, 28U}) {
    const ip::NetworkV4 subnet{0x0A000000, prefix};
    const nat::NetworkConfig addresses = addresses_in(subnet);
    for (const std::uint32_t address : {addresses.device, addresses.gateway, addresses.name_server})
      EXPECT_TRUE(subnet.contains(address)) << ipv4_text(address);
    EXPECT_NE(addresses.device, 0x0A00000F | ~(UINT32_MAX << (32 - prefix)));  // not the broadcast address
  }
  EXPECT_EQ(ipv4_text(addresses_in({0x0A000200, 24}).device), "10.0.2.15");
}

}  // namespace
}  // namespace serialtcp::gateway
