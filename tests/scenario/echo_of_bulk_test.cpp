// Bulk that is echoed or relayed byte by byte: how much later it is complete than on a plain line.
#include <iostream>

#include "line_account.h"
#include "measures.h"

namespace serialtcp::test {
namespace {

constexpr double kSeconds = 10;

std::uint64_t bytes_at(const World& world) {
  return static_cast<std::uint64_t>(kSeconds * world.line_rate());
}

/// The part of the line that the payload had, from the first byte that was written to the last one that was read.
double part_of_line(const World& world, std::uint64_t bytes, Time since) {
  return static_cast<double>(bytes) / to_seconds(world.now() - since) / world.line_rate();
}

struct EchoCase {
  std::uint32_t baud;
  double echo;   ///< each way
  double relay;  ///< over two links in a row
};

class EchoOfBulk : public testing::TestWithParam<EchoCase> {};

TEST_P(EchoOfBulk, LosesLittleMoreThanItsOverhead) {
  World world({.baud = GetParam().baud});
  world.start_both();
  world.bring_up(20s);
  world.run_for(3s);
  LineAccount account(world);
  const std::uint64_t bytes = bytes_at(world);
  const Time since = world.now();
  const Socket& socket = world.open(End::a, Behaviour::echo, bytes, World::Then::stay_open);
  ASSERT_TRUE(world.run_until([&] { return socket.read == bytes; }, 60s)) << world.describe();
  const double part = part_of_line(world, bytes, since);
  std::cout << part << " of the line\n" << account.describe();
  EXPECT_GE(part, GetParam().echo);
}

/// What has arrived at the far end of one link is written at the near end of the next one.
TEST_P(EchoOfBulk, ARelayOfTwoLinksIsLittleLaterThanOne) {
  World first({.baud = GetParam().baud});
  World second({.baud = GetParam().baud, .seed = 2});
  for (World* const world : {&first, &second}) {
    world->start_both();
    world->bring_up(20s);
  }
  first.run_for(3s);
  second.run_for(first.now() - second.now());
  ASSERT_EQ(first.now(), second.now());
  const std::uint64_t bytes = bytes_at(first);
  const Time since = first.now();
  LineAccount account(first);
  const Socket& one = first.open(End::a, Behaviour::sink, bytes, World::Then::stay_open);
  Socket& two = second.open(End::a, Behaviour::sink, 0, World::Then::stay_open);
  while (first.now() < since + 60s && (two.partner == nullptr || two.partner->read < bytes)) {
    first.run_for(200us);
    second.run_for(200us);
    const std::uint64_t arrived = one.partner == nullptr ? 0 : one.partner->read;
    if (arrived > two.to_write) second.write(End::a, two, arrived - two.to_write);
  }
  const double part = part_of_line(second, bytes, since);
  std::cout << part << " of the line; of the first one:\n" << account.describe();
  EXPECT_GE(part, GetParam().relay) << first.describe() << second.describe();
}

INSTANTIATE_TEST_SUITE_P(Baud, EchoOfBulk,
                         testing::Values(EchoCase{9600, 0.905, 0.925}, EchoCase{38400, 0.96, 0.957},
                                         EchoCase{115200, 0.98, 0.981}, EchoCase{230400, 0.986, 0.987},
                                         EchoCase{460800, 0.989, 0.987}, EchoCase{921600, 0.991, 0.991}),
                         [](const auto& p) { return std::to_string(p.param.baud); });

}  // namespace
}  // namespace serialtcp::test
