// Source addresses that a device may use, and others.
#include "ip/source_check.h"

#include <gtest/gtest.h>

#include "hex.h"
#include "ip/packets.h"

namespace serialtcp::ip {
namespace {

using test::kServer;

bool accepts(const SourceCheck& check, const Address& from, const Address& to) {
  const Bytes bytes = test::udp_packet(from, to, 1, 2, 3);
  return check.accepts(*parse(bytes));
}

Address six(std::string_view hex) {
  return Address::v6(test::from_hex(hex));
}

const Address kGlobal = six("20010db8000000010000000000000005"),
              kOther = six("20010db8000000020000000000000005");
const Address kLinkLocal = six("fe800000000000000000000000000001");
const Address kAllRouters = six("ff020000000000000000000000000002");

TEST(IpSourceCheck, TakesTheHostsOfANetwork) {
  const SourceCheck check(NetworkV4{0x0A000200, 24}, std::nullopt);
  EXPECT_TRUE(accepts(check, Address::v4(0x0A000201), kServer));
  EXPECT_TRUE(accepts(check, Address::v4(0x0A0002FE), kServer));
  for (const std::uint32_t spoofed : {0x0A000200U, 0x0A0002FFU, 0x0A000301U, 0U, 0x7F000001U, 0xFFFFFFFFU}) {
    EXPECT_FALSE(accepts(check, Address::v4(spoofed), kServer)) << spoofed;
  }
  EXPECT_FALSE(accepts(check, kGlobal, kOther));
}

TEST(IpSourceCheck, KnowsWhatNoHostCanHave) {
  const auto is_possible = [](const Address& from, const Address& to) {
    const Bytes bytes = test::udp_packet(from, to, 1, 2, 3);
    return SourceCheck::is_possible(*parse(bytes));
  };
  for (const std::uint32_t host : {0x0A000201U, 0xC0A80001U, 0x01000000U})
    EXPECT_TRUE(is_possible(Address::v4(host), kServer)) << host;
  for (const std::uint32_t none : {0U, 0x7F000001U, 0xE0000001U, 0xFFFFFFFFU})
    EXPECT_FALSE(is_possible(Address::v4(none), kServer)) << none;
  EXPECT_TRUE(is_possible(kGlobal, kOther));
  EXPECT_TRUE(is_possible(kLinkLocal, kAllRouters));
  EXPECT_FALSE(is_possible(kAllRouters, kOther));
  EXPECT_FALSE(is_possible(six("00000000000000000000000000000001"), kOther));
}

TEST(IpSourceCheck, TakesOneAddressOrTwoOrAll) {
  const SourceCheck one(NetworkV4{0x0A00020F, 32}, std::nullopt);
  EXPECT_TRUE(accepts(one, Address::v4(0x0A00020F), kServer));
  EXPECT_FALSE(accepts(one, Address::v4(0x0A00020E), kServer));
  const SourceCheck two(NetworkV4{0x0A00020E, 31}, std::nullopt);
  EXPECT_TRUE(accepts(two, Address::v4(0x0A00020F), kServer));
  EXPECT_FALSE(accepts(two, Address::v4(0x0A00020D), kServer));
  const SourceCheck all(NetworkV4{0, 0}, std::nullopt);
  EXPECT_TRUE(accepts(all, Address::v4(0xC0A80001), kServer));
  EXPECT_FALSE(accepts(all, Address::v4(0xFFFFFFFF), kServer));
}

TEST(IpSourceCheck, TakesTheNetworkOfIpv6AndTheLink) {
  const SourceCheck check(std::nullopt, NetworkV6{kGlobal, 64});
  EXPECT_TRUE(accepts(check, kGlobal, kOther));
  EXPECT_FALSE(accepts(check, kOther, kGlobal));
  EXPECT_TRUE(accepts(check, kLinkLocal, kLinkLocal));
  EXPECT_TRUE(accepts(check, kLinkLocal, kAllRouters));
  EXPECT_FALSE(accepts(check, kLinkLocal, kOther));
  EXPECT_TRUE(accepts(check, Address{}, kAllRouters));
  EXPECT_FALSE(accepts(check, Address{}, kOther));
  EXPECT_FALSE(accepts(check, kAllRouters, kOther));
  EXPECT_FALSE(accepts(check, Address::v4(0x0A000202), kServer));
}

TEST(IpSourceCheck, APrefixNeedNotEndWithAByte) {
  const NetworkV6 network{kGlobal, 63};
  EXPECT_TRUE(network.contains(six("20010db8000000000000000000000005")));
  EXPECT_FALSE(network.contains(kOther));
  EXPECT_TRUE((NetworkV6{kGlobal, 0}.contains(kLinkLocal)));
  EXPECT_FALSE((NetworkV6{kGlobal, 128}.contains(six("20010db8000000010000000000000004"))));
}

TEST(IpSourceCheck, AnIpv4AddressInIpv6IsNoSource) {
  const SourceCheck check(NetworkV4{0x0A000200, 24}, NetworkV6{Address::v4(0x0A00020F), 64});
  Bytes bytes = test::udp_packet(kGlobal, kOther, 1, 2, 3);
  std::ranges::copy(Address::v4(0x0A00020F).bytes, bytes.begin() + 8);
  EXPECT_FALSE(check.accepts(*parse(bytes)));
}

TEST(IpSourceCheck, KnowsWhatMustStayOnTheLink) {
  const auto is_of_link = [](const Address& to) {
    const Bytes bytes = test::udp_packet(kLinkLocal, to, 1, 2, 3);
    return SourceCheck::is_of_link(*parse(bytes));
  };
  EXPECT_TRUE(is_of_link(kAllRouters));
  EXPECT_TRUE(is_of_link(kLinkLocal));
  EXPECT_FALSE(is_of_link(kOther));
  EXPECT_FALSE(is_of_link(six("ff050000000000000000000000000002")));
}

}  // namespace
}  // namespace serialtcp::ip
