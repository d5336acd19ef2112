// Streams that test the line, between two drivers: each kind does what its preface says, and nothing is left behind.
#include "service/test_streams.h"

#include "forward_fixture.h"
#include "wire/test_stream.h"

namespace serialtcp::io {
namespace {

using wire::TestKind;

struct TestStreamsTest : DriverTest {
  TestStreamsTest() {
    Connections& connections = client->driver.connections();
    connections.add(std::make_unique<TestStreams>(connections), services::kTest);
    run_until(context, [this] { return server->driver.link_up() && client->driver.link_up(); });
  }

  std::shared_ptr<Probe> begin(TestKind kind, std::uint32_t bytes = 0) {
    return Probe::open(*server, services::kTest, wire::test_preface({kind, bytes}));
  }
};

TEST_F(TestStreamsTest, ASourceSendsWhatWasAskedFor) {
  for (const std::uint32_t count : {0U, 1U, 4096U, 4097U, 300'000U}) {
    const auto probe = begin(TestKind::source, count);
    ASSERT_TRUE(run_until(context, [&] { return probe->end; })) << count;
    Bytes expected(count);
    wire::fill_with_test_bytes(0, expected);
    EXPECT_EQ(probe->got, expected) << count;
    probe->shut();
    EXPECT_TRUE(run_until(context, [&] { return probe->was_closed; })) << count;
  }
}

TEST_F(TestStreamsTest, AnEchoSendsEverythingBack) {
  const auto probe = begin(TestKind::echo);
  Bytes sent(6000);
  wire::fill_with_test_bytes(77, sent);
  probe->write(sent);
  probe->shut();
  ASSERT_TRUE(run_until(context, [&] { return probe->end; }));
  EXPECT_EQ(probe->got, sent);
  EXPECT_TRUE(run_until(context, [&] { return probe->was_closed; }));
}

TEST_F(TestStreamsTest, ASinkDropsEverything) {
  const auto probe = begin(TestKind::sink);
  probe->write(Bytes(6000, 0x41));
  probe->shut();
  EXPECT_TRUE(run_until(context, [&] { return probe->was_closed; }));
  EXPECT_TRUE(probe->got.empty());
}

TEST_F(TestStreamsTest, AnotherKindIsRefused) {
  const auto probe = Probe::open(*server, services::kTest, Bytes{9, 0, 0, 0, 0});
  ASSERT_TRUE(run_until(context, [&] { return probe->was_reset.has_value(); }));
  EXPECT_EQ(probe->was_reset, ResetReason::failed);
}

TEST_F(TestStreamsTest, FewAtOnceAndAllAgainAfterwards) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::shared_ptr<Probe>> probes;
    for (std::size_t i = 0; i < TestStreams::kMostStreams; ++i) probes.push_back(begin(TestKind::echo));
    const auto one_more = begin(TestKind::echo);
    ASSERT_TRUE(run_until(context, [&] { return one_more->was_reset.has_value(); })) << round;
    EXPECT_EQ(one_more->was_reset, ResetReason::no_resources);
    for (const auto& probe : probes) probe->shut();
    for (const auto& probe : probes)
      EXPECT_TRUE(run_until(context, [&] { return probe->was_closed; })) << round;
  }
}

}  // namespace
}  // namespace serialtcp::io
