// Seeds. Each is the life of a tunnel (see Soak). They are divided into several tests, so that as many
// processors can run them. SERIALTCP_SEEDS=FIRST:COUNT runs other seeds.
#include <cstdlib>
#include <iostream>

#include "soak.h"

namespace serialtcp::test {
namespace {

constexpr std::uint64_t kParts = 8;

class SoakPart : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SoakPart, WhateverHappensConnectionsAreTcp) {
  const Seeds seeds = seeds_to_run();
  SoakReport sum;
  std::uint64_t ran = 0;
  for (std::uint64_t seed = seeds.first + GetParam(); seed < seeds.first + seeds.count; seed += kParts) {
    SCOPED_TRACE(replay(seed));
    Soak soak(seed);
    soak.run();
    ASSERT_FALSE(HasFailure());
    ++ran;
    sum.connections += soak.report().connections;
    sum.datagrams += soak.report().datagrams;
    sum.payload += soak.report().payload;
    sum.parts += soak.report().parts;
    sum.simulated += soak.report().simulated;
    sum.share_of_bound = std::max(sum.share_of_bound, soak.report().share_of_bound);
  }
  std::cout << ran << " seeds, " << sum.connections << " connections, " << sum.datagrams << " datagrams, "
            << sum.payload << " bytes, " << sum.parts << " parts, " << sum.simulated / std::chrono::seconds(1)
            << " s simulated, at most " << static_cast<int>(sum.share_of_bound * 100) << " % of the bound\n";
  // Sealed links have none.
  if (ran >= 20 && std::getenv("SERIALTCP_SEALED") == nullptr) {
    EXPECT_GT(sum.parts, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SoakPart, testing::Range(std::uint64_t{0}, kParts),
                         [](const auto& part) { return "Part" + std::to_string(part.param); });

}  // namespace
}  // namespace serialtcp::test
