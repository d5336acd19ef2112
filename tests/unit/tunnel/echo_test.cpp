// What is reported about an echo, with and without a peer on the line.
#include <gtest/gtest.h>

#include <array>
#include <variant>
#include <vector>

#include "serialtcp/endpoint.h"

namespace serialtcp::test {
namespace {

using namespace std::chrono_literals;

Endpoint endpoint(Role role, Byte seed) {
  return Endpoint(EndpointConfig{.role = role, .nominal_rate = 11'520}, Entropy{seed});
}

Bytes said(Endpoint& from, Time now) {
  from.tick(now);
  Bytes bytes;
  std::array<Byte, 64> room;
  while (const std::size_t count = from.transmit(room, now))
    bytes.insert(bytes.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
  return bytes;
}

std::vector<LineTrouble> troubles(Endpoint& at) {
  std::vector<LineTrouble> all;
  while (const auto event = at.poll()) {
    if (const auto* const troubled = std::get_if<event::LineTroubled>(&*event))
      all.push_back(troubled->trouble);
  }
  return all;
}

TEST(Echo, IsToldSoonWhenNobodyElseIsThere) {
  Endpoint alone = endpoint(Role::server, 1);
  for (Time now{}; now < Time{} + 1s; now += 10ms) alone.feed(said(alone, now), now);
  EXPECT_EQ(troubles(alone), std::vector{LineTrouble::echo});
}

TEST(Echo, BesideAPeerWithTheRightRoleIsNoMatterOfRoles) {
  for (const Role role : {Role::server, Role::client}) {
    for (const auto late : {0ms, 100ms, 400ms}) {
      Endpoint one = endpoint(role, 1);
      Endpoint other = endpoint(role == Role::server ? Role::client : Role::server, 2);
      for (Time now{}; now < Time{} + 3s; now += 10ms) {
        one.feed(said(one, now), now);
        // It does not receive this one, so that there is no link yet.
        if (now >= Time{} + late) one.feed(said(other, now), now);
      }
      EXPECT_EQ(troubles(one), std::vector{LineTrouble::echo_beside_peer})
          << "after " << late.count() << " ms";
    }
  }
}

}  // namespace
}  // namespace serialtcp::test
