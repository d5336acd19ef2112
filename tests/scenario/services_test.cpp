// Services by name: announced to the other end whatever the line does, in both directions, and again after a
// restart.
#include "world.h"

namespace serialtcp::test {
namespace {

bool knows(World& world, End end, const ServiceNames& names) {
  const ServiceNames* const told = world.pair().at(end).peer_services();
  return told != nullptr && *told == names;
}

TEST(Services, AreToldAtEachEndSoonAfterTheLinkIsUp) {
  World world(
      {.a_services = {.offered = {"back"}, .wanted = {"", "web"}}, .b_services = {.offered = {"", "web"}}});
  world.start_both();
  world.bring_up();
  EXPECT_TRUE(world.run_until(
      [&] {
        return knows(world, End::a, {.offered = {"", "web"}}) &&
               knows(world, End::b, {.offered = {"back"}, .wanted = {"", "web"}});
      },
      100ms));
  world.run_for(1s);
  world.expect_quiet();
}

TEST(Services, AreToldHoweverNoisyTheLineAndHoweverManyTheyAre) {
  ServiceNames many;
  for (std::size_t i = 0; i < limits::kMaxServices; ++i) {
    many.wanted.push_back("service-with-quite-a-long-name" + std::to_string(10 + i));
  }
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    WorldConfig config;
    config.seed = seed;
    config.faults = {.ber = 3e-4, .drop = 1e-4, .insert = 1e-4};
    config.a_services = many;
    config.b_services = {.offered = {"x"}};
    World world(config);
    world.start_both();
    world.bring_up(20s);
    const auto told = [&] { return knows(world, End::b, many) && knows(world, End::a, {.offered = {"x"}}); };
    ASSERT_TRUE(world.run_until(told, 20s)) << "SEED " << seed << " " << world.describe();
  }
}

TEST(Services, OfAnEndThatIsStartedWithOthersAreToldAgain) {
  World world({.a_services = {.wanted = {"web"}}, .b_services = {.offered = {"db"}}});
  world.start_both();
  world.bring_up();
  ASSERT_TRUE(world.run_until([&] { return knows(world, End::a, {.offered = {"db"}}); }, 1s));
  world.pair().set_services(End::b, {.offered = {"db", "web"}});
  world.restart(End::b);
  EXPECT_TRUE(world.run_until([&] { return knows(world, End::a, {.offered = {"db", "web"}}); }, 1s));
  EXPECT_TRUE(world.run_until([&] { return knows(world, End::b, {.wanted = {"web"}}); }, 1s));
}

TEST(Services, OfBothKindsAtBothEndsGoBothWaysByName) {
  const ServiceNames both{.offered = {"echo"}, .wanted = {"echo"}};
  // By their default services they would be two servers.
  World world({.b_role = Role::server, .a_services = both, .b_services = both});
  world.start_both();
  world.bring_up();
  for (const End end : {End::a, End::b}) {
    for (int i = 0; i < 20; ++i) world.open(end, Behaviour::echo, 3000, World::Then::shut, Purpose("echo"));
  }
  ASSERT_TRUE(world.run_until([&] { return world.all_done(); }, 60s)) << world.describe();
  for (const End end : {End::a, End::b}) {
    EXPECT_EQ(world.sockets(end).size(), 40U);
    for (const auto& [id, socket] : world.sockets(end)) EXPECT_TRUE(socket.closed);
  }
  EXPECT_EQ(world.names_opened, std::set<std::string>{"echo"});
  world.expect_quiet();
}

TEST(Services, ByNameAreNotForAPeerOfTheOriginalsProtocol) {
  WorldConfig config;
  config.a_services = {.wanted = {"", "web"}};
  config.b_protocol = Protocol::original;
  World world(config);
  world.start_both();
  world.bring_up(10s);
  ASSERT_EQ(world.protocol_at(End::a), Protocol::original);
  Endpoint& endpoint = world.pair().at(End::a);
  EXPECT_EQ(endpoint.peer_services(), nullptr);
  EXPECT_EQ(endpoint.open(Purpose("web"), world.now()).error(), StreamError::no_names);
  Socket& socket = world.open(End::a, Behaviour::echo, 100);
  EXPECT_TRUE(world.run_until([&] { return socket.read == 100; }, 5s));
}

TEST(Services, OfTwoEndsThatCannotServeEachOtherAreTrouble) {
  World world({.b_role = Role::server, .a_services = {.wanted = {"x"}}, .b_services = {.wanted = {"y"}}});
  world.start_both();
  world.run_for(1s);
  EXPECT_TRUE(world.heard_of(End::a, LineTrouble::both_servers));
  EXPECT_FALSE(world.pair().at(End::a).link_up());
}

}  // namespace
}  // namespace serialtcp::test
