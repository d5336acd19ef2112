// Announcing services to the peer and receiving its services: golden bytes, the maximum, and a peer that
// violates the rules.
#include "wire/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "fake_peer.h"
#include "serialtcp/service.h"
#include "tunnel/service_exchange.h"

namespace serialtcp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Heard = tunnel::ServiceExchange::Heard;

std::string longest_name(std::size_t number) {
  std::string name = std::to_string(number);
  return name + std::string(limits::kMaxServiceName - name.size(), 'n');
}

ServiceNames as_many_as_possible() {
  ServiceNames names;
  for (std::size_t i = 0; i < limits::kMaxServices; ++i) {
    (i % 2 == 0 ? names.offered : names.wanted).push_back(longest_name(i));
  }
  return names;
}

TEST(ServiceName, IsShortAndPlain) {
  EXPECT_TRUE(is_service_name("a"));
  EXPECT_TRUE(is_service_name("Api-v1.2_x"));
  EXPECT_TRUE(is_service_name(longest_name(1)));
  for (const char* bad : {"", " ", "a b", "a=b", "a,b", "a:b", "a/b", "\x01", "\xc3\xa4", "a\n"}) {
    EXPECT_FALSE(is_service_name(bad)) << bad;
  }
  EXPECT_FALSE(is_service_name(longest_name(1) + "n"));
}

TEST(Services, HaveTheseBytes) {
  const auto parts = wire::write_services({.offered = {"", "web"}, .wanted = {"db", ""}});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_THAT(parts[0], ElementsAre(0x00, 0x03, 'w', 'e', 'b', 0x82, 'd', 'b', 0x80));
}

TEST(Services, OfDatagramsHaveABitThatSaysSo) {
  const ServiceNames names{.datagrams_offered = {"dns"}, .datagrams_wanted = {"", "x"}};
  const auto parts = wire::write_services(names);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_THAT(parts[0], ElementsAre(0x43, 'd', 'n', 's', 0xC0, 0xC1, 'x'));
  EXPECT_EQ(wire::read_services(parts[0]), names);
  tunnel::ServiceExchange one(names);
  tunnel::ServiceExchange other({});
  one.begin();
  EXPECT_EQ(other.hear(one.next()), Heard::all);
  EXPECT_EQ(*other.peer(), names);
}

TEST(Services, OfAnEndWithoutAnyAreNotTold) {
  EXPECT_THAT(wire::write_services({}), IsEmpty());
  EXPECT_FALSE(tunnel::ServiceExchange({}).has_next());
}

TEST(Services, AsManyAsThereCanBeGoInShortParts) {
  const auto parts = wire::write_services(as_many_as_possible());
  EXPECT_LE(parts.size(), wire::kMaxServicesParts);
  for (const Bytes& part : parts) {
    std::array<Byte, wire::kMaxServicesChunk> buffer;
    base::Writer writer(buffer);
    wire::write_chunk(wire::chunk::Services{0, 1, part}, writer);
    EXPECT_LE(writer.size(), wire::kMaxServicesChunk);
  }
}

TEST(Services, AreMalformedWhenCutShortOrNotNames) {
  EXPECT_FALSE(wire::read_services(Bytes{0x03, 'w', 'e'}));
  EXPECT_FALSE(wire::read_services(Bytes{0x03, 'w', ' ', 'b'}));
  EXPECT_FALSE(wire::read_services(Bytes(1 + limits::kMaxServiceName + 1, Byte{33})));
  EXPECT_TRUE(wire::read_services(Bytes{}));
}

/// Says everything that one exchange has to say to another, the parts in reverse and each twice.
Heard tell(tunnel::ServiceExchange& from, tunnel::ServiceExchange& to) {
  std::vector<wire::chunk::Services> parts;
  while (from.has_next()) parts.push_back(from.next());
  Heard heard = Heard::part;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    heard = to.hear(*part);
    EXPECT_NE(heard, Heard::malformed);
    EXPECT_EQ(to.hear(*part), Heard::part) << "again";
  }
  return heard;
}

TEST(ServiceExchange, TellsEverythingInWhateverOrder) {
  const ServiceNames names = as_many_as_possible();
  tunnel::ServiceExchange one(names);
  tunnel::ServiceExchange other({});
  one.begin();
  other.begin();
  EXPECT_EQ(other.peer(), nullptr);
  EXPECT_EQ(tell(one, other), Heard::all);
  ASSERT_NE(other.peer(), nullptr);
  EXPECT_EQ(*other.peer(), names);
}

TEST(ServiceExchange, SaysAgainWhatWasLostAndAllOfItToANewPeer) {
  tunnel::ServiceExchange one({.offered = {"a"}, .wanted = {}});
  EXPECT_FALSE(one.has_next()) << "to nobody";
  one.begin();
  const auto part = one.next();
  EXPECT_FALSE(one.has_next());
  one.lost(part.part);
  EXPECT_TRUE(one.has_next());
  one.begin();
  EXPECT_TRUE(one.has_next());
  one.next();
  EXPECT_FALSE(one.has_next());
}

TEST(ServiceExchange, ForgetsTheLastPeer) {
  tunnel::ServiceExchange one({.offered = {"a"}, .wanted = {}});
  tunnel::ServiceExchange other({});
  one.begin();
  other.begin();
  tell(one, other);
  other.begin();
  EXPECT_EQ(other.peer(), nullptr);
}

TEST(ServiceExchange, ListensToNoNonsense) {
  const Bytes names{0x01, 'a'};
  const auto heard = [&](std::vector<wire::chunk::Services> chunks) {
    tunnel::ServiceExchange exchange({});
    exchange.begin();
    Heard last = Heard::part;
    for (const auto& chunk : chunks) last = exchange.hear(chunk);
    return last;
  };
  EXPECT_EQ(heard({{0, 1, names}}), Heard::all);
  EXPECT_EQ(heard({{0, 0, names}}), Heard::malformed);
  EXPECT_EQ(heard({{1, 1, names}}), Heard::malformed);
  EXPECT_EQ(heard({{0, wire::kMaxServicesParts, names}}), Heard::part);
  EXPECT_EQ(heard({{0, wire::kMaxServicesParts + 1, names}}), Heard::malformed);
  EXPECT_EQ(heard({{0, 2, names}, {1, 3, names}}), Heard::malformed);
  EXPECT_EQ(heard({{0, 1, Bytes{0x05, 'a'}}}), Heard::malformed);
  EXPECT_EQ(heard({{0, 1, Bytes(limits::kMaxServices, 0)}}), Heard::all);
  EXPECT_EQ(heard({{0, 1, Bytes(limits::kMaxServices + 1, 0)}}), Heard::malformed);
}

TEST(ServicesOfAPeer, AreToldOnceAndEndTheLinkWhenTheyAreNonsense) {
  Endpoint endpoint{EndpointConfig{.role = Role::server, .nominal_rate = 1'000'000}, Entropy{1}};
  test::FakePeer peer{endpoint};
  ASSERT_TRUE(peer.connect());
  EXPECT_EQ(endpoint.peer_services(), nullptr);
  const Bytes names{0x01, 'a', 0x80};
  const Bytes chunk = test::chunk_bytes(wire::chunk::Services{0, 1, names});
  peer.say(chunk);
  peer.say(chunk);
  int told = 0;
  while (const auto event = endpoint.poll()) told += std::holds_alternative<event::PeerServices>(*event);
  EXPECT_EQ(told, 1);
  ASSERT_NE(endpoint.peer_services(), nullptr);
  EXPECT_EQ(*endpoint.peer_services(), (ServiceNames{.offered = {"a"}, .wanted = {""}}));
  peer.say(test::chunk_bytes(wire::chunk::Services{0, 2, names}));
  EXPECT_FALSE(endpoint.link_up());
  EXPECT_EQ(endpoint.peer_services(), nullptr);
}

}  // namespace
}  // namespace serialtcp
