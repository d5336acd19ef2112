// Resolving names and connecting, with a C library that takes any time.
#include "net/connector.h"

#include <atomic>
#include <future>
#include <memory>
#include <optional>

#include "loop_fixture.h"

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

const asio::ip::address kLoopback = asio::ip::address_v4::loopback();

/// Look-ups that answer only when the test permits it.
class HangingLookups {
 public:
  Resolver::Lookup lookup() {
    return [state = state_](const std::string& host, Family) -> Resolver::Result {
      if (host == "quick") return std::vector{kLoopback};
      ++state->hanging;
      state->gate.wait();
      return std::vector{kLoopback};
    };
  }
  void release() { state_->open.set_value(); }
  int hanging() const { return state_->hanging; }

 private:
  struct State {
    std::promise<void> open;
    std::shared_future<void> gate{open.get_future().share()};
    std::atomic<int> hanging = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

TEST(Resolver, AHangingNameDoesNotDelayAnother) {
  asio::io_context context;
  HangingLookups lookups;
  Resolver resolver(context, lookups.lookup());
  bool slow = false;
  bool quick = false;
  for (const char* host : {"hang1", "hang2", "hang3"}) {
    resolver.look_up(host, Family::ipv4, [&](const Resolver::Result&) { slow = true; });
  }
  resolver.look_up("quick", Family::ipv4,
                   [&](const Resolver::Result& result) { quick = result.has_value(); });
  EXPECT_TRUE(run_until(context, [&] { return quick; }));
  EXPECT_FALSE(slow);
  EXPECT_EQ(resolver.running(), 3U);
  lookups.release();
  EXPECT_TRUE(run_until(context, [&] { return resolver.running() == 0; }));
  EXPECT_TRUE(slow);
}

TEST(Resolver, TheSameNameAskedForManyTimesTakesOneThread) {
  asio::io_context context;
  HangingLookups lookups;
  Resolver resolver(context, lookups.lookup());
  int answered = 0;
  for (int i = 0; i < 100; ++i)
    resolver.look_up("hang", Family::ipv4, [&](const Resolver::Result&) { ++answered; });
  EXPECT_EQ(resolver.running(), 1U);
  lookups.release();
  EXPECT_TRUE(run_until(context, [&] { return answered == 100; }));
}

TEST(Resolver, HasABoundedNumberOfThreads) {
  asio::io_context context;
  HangingLookups lookups;
  Resolver resolver(context, lookups.lookup());
  std::size_t answered = 0;
  const std::size_t names = kMaxLookups + 5;
  for (std::size_t i = 0; i < names; ++i) {
    resolver.look_up("hang" + std::to_string(i), Family::ipv4, [&](const Resolver::Result&) { ++answered; });
  }
  EXPECT_EQ(resolver.running(), kMaxLookups);
  lookups.release();
  EXPECT_TRUE(run_until(context, [&] { return answered == names; }));
  EXPECT_EQ(lookups.hanging(), static_cast<int>(names));
}

TEST(Resolver, CannotTakeAllThreadsOfAnother) {
  asio::io_context context;
  HangingLookups lookups;
  const auto threads = std::make_shared<base::FairShare>(kMaxLookups);
  Resolver greedy(context, lookups.lookup(), threads);
  Resolver other(context, lookups.lookup(), threads);
  for (std::size_t i = 0; i < 2 * kMaxLookups; ++i) {
    greedy.look_up("hang" + std::to_string(i), Family::ipv4, [](const Resolver::Result&) {});
  }
  EXPECT_EQ(greedy.running(), 12U) << "its own, half of one half, and the other half";
  bool quick = false;
  other.look_up("quick", Family::ipv4, [&](const Resolver::Result&) { quick = true; });
  EXPECT_TRUE(run_until(context, [&] { return quick; }));
  lookups.release();
  EXPECT_TRUE(run_until(context, [&] { return greedy.running() == 0; }));
}

TEST(Resolver, NamesThatHangDoNotDelayTheNextOneWhateverTheirNumber) {
  for (const bool stay : {true, false}) {
    asio::io_context context;
    HangingLookups lookups;
    Resolver resolver(context, lookups.lookup());
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < 10 * kMaxLookups; ++i) {
      const auto ticket =
          resolver.look_up(fmt::format("hang{}.test", i), Family::ipv4, [](const Resolver::Result&) {});
      if (!stay) resolver.withdraw(ticket);
    }
    bool quick = false;
    resolver.look_up("quick", Family::ipv4, [&](const Resolver::Result&) { quick = true; });
    EXPECT_TRUE(run_until(context, [&] { return quick; }));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_LE(resolver.threads(), Resolver::kMostOfOneDomain);
    lookups.release();
    EXPECT_TRUE(run_until(context, [&] { return resolver.threads() == 0; }));
  }
}

TEST(Resolver, ThreadsThatHangAreBounded) {
  asio::io_context context;
  HangingLookups lookups;
  Resolver resolver(context, lookups.lookup());
  for (std::size_t i = 0; i < 600; ++i)
    resolver.look_up(fmt::format("a.hang{}", i), Family::ipv4, [](const Resolver::Result&) {});
  EXPECT_TRUE(run_until(context, [&] { return resolver.threads() == kMaxLookups + kMaxHangingLookups; }));
  const auto later = std::chrono::steady_clock::now() + 2 * Resolver::kCountsFor;
  EXPECT_TRUE(run_until(context, [&] { return std::chrono::steady_clock::now() > later; }));
  EXPECT_EQ(resolver.threads(), kMaxLookups + kMaxHangingLookups);
  lookups.release();
  EXPECT_TRUE(run_until(context, [&] { return resolver.threads() == 0; }));
}

TEST(Resolver, AWithdrawnQuestionIsNotAnswered) {
  asio::io_context context;
  HangingLookups lookups;
  Resolver resolver(context, lookups.lookup());
  bool answered = false;
  resolver.withdraw(
      resolver.look_up("hang", Family::ipv4, [&](const Resolver::Result&) { answered = true; }));
  lookups.release();
  EXPECT_TRUE(run_until(context, [&] { return resolver.running() == 0; }));
  EXPECT_FALSE(answered);
}

TEST(Resolver, CanGoWhileALookupHangs) {
  asio::io_context context;
  HangingLookups lookups;
  {
    Resolver resolver(context, lookups.lookup());
    resolver.look_up("hang", Family::ipv4, [](const Resolver::Result&) { ADD_FAILURE(); });
    ASSERT_TRUE(run_until(context, [&] { return lookups.hanging() == 1; }));
  }
  lookups.release();
  run_ready(context);
}

TEST(Resolver, TheSystemKnowsLocalhostInBothFamilies) {
  const auto v4 = Resolver::system_lookup("localhost", Family::ipv4);
  ASSERT_TRUE(v4);
  EXPECT_TRUE(v4->front().is_v4());
  EXPECT_TRUE(v4->front().is_loopback());
  const auto numeric = Resolver::system_lookup("::1", Family::ipv6);
  ASSERT_TRUE(numeric);
  EXPECT_TRUE(numeric->front().is_v6());
}

struct ConnectTest : testing::Test {
  using Result = std::expected<StreamSocket, ResetReason>;

  static tcp::endpoint peer(const StreamSocket& socket) {
    tcp::endpoint endpoint;
    const auto generic = socket.remote_endpoint();
    std::memcpy(endpoint.data(), generic.data(), generic.size());
    return endpoint;
  }

  std::optional<Result> connect(Resolver& resolver, const Target& target, Duration timeout = kHang) {
    std::optional<Result> result;
    ConnectAttempt::begin(context, resolver, target, timeout, [&](Result got) { result = std::move(got); });
    EXPECT_FALSE(result.has_value()) << "never from within the call";
    run_until(context, [&] { return result.has_value(); });
    return result;
  }

  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(kLoopback, 0)};
  std::uint16_t port = acceptor.local_endpoint().port();
};

TEST_F(ConnectTest, ConnectsToANumberAndToAName) {
  Resolver resolver(context,
                    [](const std::string&, Family) -> Resolver::Result { return std::vector{kLoopback}; });
  for (const char* host : {"127.0.0.1", "localhost", "name"}) {
    const auto result = connect(resolver, {host, port});
    ASSERT_TRUE(result && *result) << host;
    EXPECT_EQ(peer(**result).port(), port);
  }
}

TEST_F(ConnectTest, TriesTheNextAddressWhenOneRefuses) {
  Resolver resolver(context, [](const std::string&, Family) -> Resolver::Result {
    return std::vector{asio::ip::make_address("127.0.0.2"), kLoopback};
  });
  const auto result = connect(resolver, {"two", port});
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(peer(**result).address(), kLoopback);
}

TEST_F(ConnectTest, DoesNotWaitForAnAddressThatDoesNotAnswer) {
  // A full queue drops further connections.
  tcp::acceptor full(context);
  full.open(tcp::v4());
  full.bind({asio::ip::make_address("127.0.0.2"), port});
  full.listen(0);
  std::vector<tcp::socket> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back(context, tcp::v4());
    waiting.back().non_blocking(true);
    const tcp::endpoint to = full.local_endpoint();
    ::connect(waiting.back().native_handle(), to.data(),
              static_cast<socklen_t>(to.size()));  // Asio's function would block
  }
  Resolver resolver(context, [](const std::string&, Family) -> Resolver::Result {
    return std::vector{asio::ip::make_address("127.0.0.2"), kLoopback};
  });
  const auto began = std::chrono::steady_clock::now();
  const auto result = connect(resolver, {"two", port});
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(peer(**result).address(), kLoopback);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(ConnectTest, LocalhostIsTriedInBothFamilies) {
  Resolver resolver(context);
  tcp::acceptor six(context, {asio::ip::address_v6::loopback(), 0});
  const auto result = connect(resolver, {"localhost", six.local_endpoint().port()});
  ASSERT_TRUE(result && *result);
  EXPECT_TRUE(peer(**result).address().is_v6());
  const auto only = connect(resolver, {"localhost", six.local_endpoint().port(), Family::ipv4});
  ASSERT_TRUE(only && !*only);
  EXPECT_EQ(only->error(), ResetReason::refused);
}

TEST_F(ConnectTest, SaysThatItWasRefused) {
  Resolver resolver(context);
  acceptor.close();
  const auto result = connect(resolver, {"127.0.0.1", port});
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error(), ResetReason::refused);
}

// Linux connects to no broadcast address, whatever networks there are.
TEST_F(ConnectTest, SaysThatThereIsNoWayToANetworkUnlessAnotherAddressSaysMore) {
  Resolver resolver(context, [](const std::string&, Family) -> Resolver::Result {
    return std::vector{asio::ip::make_address("127.0.0.1"), asio::ip::make_address("255.255.255.255")};
  });
  acceptor.close();
  auto result = connect(resolver, {"255.255.255.255", port});
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error(), ResetReason::network_unreachable);
  result = connect(resolver, {"two", port});
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error(), ResetReason::refused);
}

TEST_F(ConnectTest, SaysThatThereIsNoSuchName) {
  Resolver resolver(context, [](const std::string&, Family) -> Resolver::Result {
    return std::unexpected(ResetReason::name_not_found);
  });
  const auto result = connect(resolver, {"nobody", port});
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error(), ResetReason::name_not_found);
}

TEST_F(ConnectTest, TheTimeoutIncludesTheLookup) {
  HangingLookups lookups;
  Resolver resolver(context, lookups.lookup());
  const auto result = connect(resolver, {"hang", port}, 30ms);
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error(), ResetReason::timed_out);
  lookups.release();
  EXPECT_TRUE(run_until(context, [&] { return resolver.running() == 0; }));
}

TEST_F(ConnectTest, ACancelledAttemptIsNotHeardOfAgain) {
  Resolver resolver(context);
  const auto attempt = ConnectAttempt::begin(context, resolver, {"127.0.0.1", port}, 30ms,
                                             [](const Result&) { ADD_FAILURE(); });
  attempt->cancel();
  context.run();
  EXPECT_EQ(attempt.use_count(), 1) << "nor held by anybody";
}

}  // namespace
}  // namespace serialtcp::io
