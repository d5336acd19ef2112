// Alarms that had expired when they were cancelled, started again or destroyed.
#include "os/alarm.h"

#include <gtest/gtest.h>

#include <memory>

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

/// Two alarms that expire at the same time, and are both due when the loop looks: the first one acts on the second.
struct AlarmTest : testing::Test {
  void run(auto act) {
    const Time time = now();
    first.start_at(time, act);
    second->start_at(time, [this] { ++called; });
    context.run();
  }

  asio::io_context context;
  Alarm first{context};
  std::unique_ptr<Alarm> second = std::make_unique<Alarm>(context);
  int called = 0;
};

TEST_F(AlarmTest, CallsItsHandlerOnce) {
  run([] {});
  EXPECT_EQ(called, 1);
}

TEST_F(AlarmTest, DoesNotCallItOnceItWasCancelled) {
  run([this] { second->cancel(); });
  EXPECT_EQ(called, 0);
}

TEST_F(AlarmTest, DoesNotCallItOnceItWasDestroyed) {
  run([this] { second.reset(); });
  EXPECT_EQ(called, 0);
}

TEST_F(AlarmTest, StartedAgainCallsOnlyTheNewHandler) {
  int again = 0;
  const Time begin = now();
  run([&] { second->start(5ms, [&] { ++again; }); });
  EXPECT_EQ(called, 0);
  EXPECT_EQ(again, 1);
  EXPECT_GE(now() - begin, 5ms);
}

}  // namespace
}  // namespace serialtcp::io
