// Permissions: which packets go on, which are refused, and which spellings of loopback are closed.
#include "gateway/permissions.h"

#include <gtest/gtest.h>

#include "ip/datagram_writer.h"

namespace serialtcp::gateway {
namespace {

using Verdict = Permissions::Verdict;

constexpr std::uint32_t kDevice = 0x0A00020F;

io::AllowPattern pattern(const char* text) {
  return *io::parse_allow_pattern(text, io::AllowedTo::connect);
}

Permissions with(std::vector<const char*> patterns) {
  PermissionsConfig config;
  for (const char* text : patterns) config.allow.push_back(pattern(text));
  return {config, {}};
}

ip::Address v4(const char* text) {
  return ip::Address::v4(io::asio::ip::make_address_v4(text).to_uint());
}
ip::Address v6(const char* text) {
  return ip::Address::v6(io::asio::ip::make_address_v6(text).to_bytes());
}

/// A segment to that port, from `source`.
Verdict tcp(const Permissions& permissions, const ip::Address& to, std::uint16_t port,
            const ip::Address& source = ip::Address::v4(kDevice)) {
  Bytes segment(20);
  segment[2] = static_cast<Byte>(port >> 8);
  segment[3] = static_cast<Byte>(port);
  segment[12] = 0x50;
  segment[13] = ip::tcp_flag::kSyn;
  const Bytes bytes =
      ip::make_datagram({.source = source, .destination = to, .protocol = ip::protocol::kTcp}, segment);
  return permissions.judge(*ip::parse(bytes));
}

Verdict echo(const Permissions& permissions, const ip::Address& to) {
  const Bytes bytes = ip::make_datagram(
      {.source = ip::Address::v4(kDevice), .destination = to, .protocol = ip::protocol::kIcmp},
      Bytes{8, 0, 0, 0, 0, 0, 0, 0});
  return permissions.judge(*ip::parse(bytes));
}

TEST(Permissions, WithoutPatternsEverythingButLoopbackAndLinkLocal) {
  const Permissions all = with({});
  EXPECT_EQ(tcp(all, v4("192.0.2.1"), 80), Verdict::passes);
  EXPECT_EQ(tcp(all, v4("192.168.0.1"), 1), Verdict::passes);
  EXPECT_EQ(echo(all, v4("192.0.2.1")), Verdict::passes);
  for (const char* closed : {"127.0.0.1", "127.255.255.254", "169.254.169.254", "10.0.2.2", "10.0.2.77"})
    EXPECT_EQ(tcp(all, v4(closed), 80), Verdict::refused) << closed;
  for (const char* nobody : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255"})
    EXPECT_EQ(tcp(all, v4(nobody), 80), Verdict::ignored) << nobody;
}

TEST(Permissions, TheGatewayAndTheNameServerAreThere) {
  const Permissions all = with({"192.0.2.1:80"});
  EXPECT_EQ(echo(all, v4("10.0.2.2")), Verdict::passes);
  EXPECT_EQ(echo(all, v4("10.0.2.3")), Verdict::passes);
  EXPECT_EQ(tcp(all, v4("10.0.2.3"), 53), Verdict::passes);
  EXPECT_EQ(tcp(all, v4("10.0.2.3"), 80), Verdict::refused);
  PermissionsConfig none;
  none.name_server = false;
  EXPECT_EQ(tcp(Permissions(none, {}), v4("10.0.2.3"), 53), Verdict::refused);
}

TEST(Permissions, AnotherNameServerIsReachedThoughPatternsLeaveItOut) {
  PermissionsConfig config{
      .allow = {pattern("192.0.2.1:80")}, .other_name_server = 0xC6336401, .name_server = false};
  const Permissions permissions(config, {});
  EXPECT_EQ(tcp(permissions, v4("198.51.100.1"), 53), Verdict::passes);
  EXPECT_EQ(tcp(permissions, v4("198.51.100.1"), 54), Verdict::refused);
}

TEST(Permissions, LoopbackIsOpenedByItsNameOrAddressAlone) {
  for (const char* opens : {"localhost:80", "127.0.0.1:80", "127.0.0.0/8:80"})
    EXPECT_EQ(tcp(with({opens}), v4("10.0.2.2"), 80), Verdict::passes) << opens;
  for (const char* not_so : {"*:*", "0.0.0.0/0:*", "10.0.2.2:80", "localhost:81", "localhost.example:80"})
    EXPECT_EQ(tcp(with({not_so}), v4("10.0.2.2"), 80), Verdict::refused) << not_so;
  for (const char* direct : {"*:*", "127.0.0.1:80", "0.0.0.0/0:*"})
    EXPECT_EQ(tcp(with({direct}), v4("127.0.0.1"), 80), Verdict::refused) << direct;
}

TEST(Permissions, AnEchoOfIpv6ReachesTheGatewayAndNobodyBeyond) {
  const nat::NetworkConfig network;
  const auto echo_v6 = [&](const ip::Address& to) {
    const Bytes bytes = ip::make_datagram({.source = ip::Address::v6(network.ipv6_prefix, 0x15),
                                           .destination = to,
                                           .protocol = ip::protocol::kIcmpv6},
                                          Bytes{128, 0, 0, 0, 0, 0, 0, 0});
    return with({}).judge(*ip::parse(bytes));
  };
  EXPECT_EQ(echo_v6(ip::Address::v6(network.ipv6_prefix, nat::kGatewayId)), Verdict::passes);
  EXPECT_EQ(echo_v6(v6("2001:db8::1")), Verdict::beyond);
  EXPECT_EQ(tcp(with({}), v6("2001:db8::1"), 80, ip::Address::v6(network.ipv6_prefix, 0x15)),
            Verdict::passes);
}

TEST(Permissions, PatternsLeaveNothingElse) {
  const Permissions some = with({"192.0.2.0/24:80-90", "localhost:1"});
  EXPECT_EQ(tcp(some, v4("192.0.2.200"), 90), Verdict::passes);
  EXPECT_EQ(tcp(some, v4("192.0.2.200"), 91), Verdict::refused);
  EXPECT_EQ(tcp(some, v4("192.0.3.1"), 80), Verdict::refused);
  EXPECT_EQ(echo(some, v4("192.0.2.9")), Verdict::passes);
  EXPECT_EQ(echo(some, v4("192.0.3.9")), Verdict::refused);
  EXPECT_EQ(tcp(with({"*:*"}), v4("169.254.169.254"), 80), Verdict::refused);
  EXPECT_EQ(tcp(with({"169.254.0.0/16:80"}), v4("169.254.1.1"), 80), Verdict::passes);
}

TEST(Permissions, ANameIsItsAddresses) {
  Permissions named = with({"localhost:1", "www.example.com:80"});
  EXPECT_EQ(tcp(named, v4("192.0.2.7"), 80), Verdict::refused);
  named.set_addresses(1, {io::asio::ip::make_address("192.0.2.7"), io::asio::ip::make_address("127.0.0.1")});
  EXPECT_EQ(tcp(named, v4("192.0.2.7"), 80), Verdict::passes);
  EXPECT_EQ(tcp(named, v4("192.0.2.7"), 81), Verdict::refused);
  EXPECT_EQ(tcp(named, v4("127.0.0.1"), 80), Verdict::refused);
}

TEST(Permissions, SourcesThatAreNotTheDevicesAreSpoofed) {
  const Permissions all = with({});
  for (const char* source : {"192.168.1.5", "10.0.2.2", "10.0.2.3", "10.0.2.255", "127.0.0.1", "0.0.0.0"})
    EXPECT_EQ(tcp(all, v4("192.0.2.1"), 80, v4(source)), Verdict::spoofed) << source;
  EXPECT_EQ(tcp(all, v4("192.0.2.1"), 80, v4("10.0.2.200")), Verdict::passes);
}

TEST(Permissions, InIpv6TheSame) {
  const ip::Address device = v6("fd73:6572:6961:6c00::15");
  const Permissions all = with({});
  EXPECT_EQ(tcp(all, v6("2001:db8::1"), 80, device), Verdict::passes);
  EXPECT_EQ(tcp(all, v6("2001:db8::1"), 80, v6("2001:db8::2")), Verdict::spoofed);
  for (const char* closed :
       {"::1", "fd73:6572:6961:6c00::2", "fd73:6572:6961:6c00::9", "::ffff:192.0.2.1", "::ffff:127.0.0.1"})
    EXPECT_EQ(tcp(all, v6(closed), 80, device), Verdict::refused) << closed;
  EXPECT_EQ(tcp(all, v6("::"), 80, device), Verdict::ignored);
  EXPECT_EQ(tcp(with({"localhost:80"}), v6("fd73:6572:6961:6c00::2"), 80, device), Verdict::passes);
  EXPECT_EQ(tcp(with({"*:*"}), v6("fd73:6572:6961:6c00::2"), 80, device), Verdict::refused);
}

TEST(Permissions, WhatTheGatewayAnswersOpensNothing) {
  const Permissions all = with({});
  const auto judged = [&](const char* from, const char* to) {
    const bool v4_only = v6(to).is_v4();
    const ip::Address source = v4_only ? ip::Address::v4(kDevice) : v6(from);
    const Bytes bytes = ip::make_datagram({.source = source,
                                           .destination = v6(to),
                                           .protocol = v4_only ? ip::protocol::kIcmp : ip::protocol::kIcmpv6},
                                          Bytes{static_cast<Byte>(v4_only ? 8 : 128), 0, 0, 0, 0, 0, 0, 0});
    const auto packet = *ip::parse(bytes);
    return std::pair(all.judge(packet), all.opens_nothing(packet));
  };
  const std::pair answered(Verdict::passes, true), opens(Verdict::passes, false);
  for (const char* gateway : {"::ffff:10.0.2.2", "::ffff:10.0.2.3", "fd73:6572:6961:6c00::2"})
    EXPECT_EQ(judged("fd73:6572:6961:6c00::15", gateway), answered) << gateway;
  // The address that IPV6CP announces, from the device's own one of that kind.
  EXPECT_EQ(judged("fe80::15", "fe80::2"), answered);
  EXPECT_EQ(judged("fe80::15", "fe80::3").first, Verdict::ignored);
  EXPECT_EQ(judged("", "::ffff:192.0.2.1"), opens);
  EXPECT_EQ(judged("fd73:6572:6961:6c00::15", "2001:db8::1").first, Verdict::beyond);
}

TEST(Permissions, AnswersToConnectionsIntoTheDevicePass) {
  Bytes segment(20);
  segment[12] = 0x50;
  segment[13] = ip::tcp_flag::kSyn | ip::tcp_flag::kAck;
  const Bytes bytes = ip::make_datagram(
      {.source = ip::Address::v4(kDevice), .destination = v4("10.0.2.2"), .protocol = ip::protocol::kTcp},
      segment);
  EXPECT_EQ(with({"192.0.2.1:1"}).judge(*ip::parse(bytes)), Verdict::passes);
}

TEST(Permissions, FragmentsAndOtherProtocolsGoNowhere) {
  Bytes bytes = ip::make_datagram(
      {.source = ip::Address::v4(kDevice), .destination = v4("192.0.2.1"), .protocol = ip::protocol::kUdp},
      Bytes(20));
  bytes[6] = 0x20;  // more fragments
  ip::set_header_checksum(MutableByteView(bytes).first(20));
  EXPECT_EQ(with({}).judge(*ip::parse(bytes)), Verdict::fragment);
  const Bytes other = ip::make_datagram(
      {.source = ip::Address::v4(kDevice), .destination = v4("192.0.2.1"), .protocol = 47}, Bytes(20));
  EXPECT_EQ(with({}).judge(*ip::parse(other)), Verdict::refused);
}

}  // namespace
}  // namespace serialtcp::gateway
