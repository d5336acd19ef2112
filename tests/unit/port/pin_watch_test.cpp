// Changes of pins are passed on at once and not too often, and the thread that waits for them ends when told.
#include "port/pin_watch.h"

#include <poll.h>

#include <atomic>
#include <cerrno>

#include "shell_fixture.h"

namespace serialtcp::io {
namespace {

struct PinWatchTest : testing::Test {
  /// What a driver does: a wait ends by a change (0), by a signal, or with an error. Changes while none waits are lost.
  int wait(int fd) {
    ++waits;
    device = fd;
    waiting = true;
    int result = -1;
    while ((result = outcome.exchange(-1)) < 0) {
      if (::poll(nullptr, 0, blocks ? -1 : 1) < 0 && errno == EINTR) result = EINTR;
      if (result == EINTR) break;
    }
    waiting = false;
    return result;
  }
  bool until_waiting() {
    return run_until(context, [this] { return waiting.load(); });
  }
  void start() {
    watch.start(7, [this] { ++changes; });
  }

  asio::io_context context;
  std::atomic<int> waits = 0;
  std::atomic<int> device = -1;
  std::atomic<int> outcome = -1;  ///< how the next wait ends; -1: not yet
  std::atomic<bool> waiting = false;
  std::atomic<bool> blocks = false;  ///< nothing but a signal ends it
  int changes = 0;
  PinWatch watch{context, [this](int fd) { return wait(fd); }};
};

TEST_F(PinWatchTest, PassesChangesOnAndWaitsAgain) {
  EXPECT_FALSE(watch.notices());
  start();
  EXPECT_TRUE(watch.notices());
  ASSERT_TRUE(until_waiting());
  EXPECT_EQ(device, 7);
  EXPECT_EQ(changes, 0);
  outcome = 0;
  ASSERT_TRUE(run_until(context, [this] { return changes == 1; }));
  EXPECT_FALSE(waiting) << "the next one not before the pause is over";
  EXPECT_EQ(waits, 1);
  ASSERT_TRUE(run_until(context, [this] { return changes == 2 && waits == 2; }))
      << "once more, for what has changed before it waits again";
  outcome = 0;
  ASSERT_TRUE(run_until(context, [this] { return changes == 4 && waits == 3; }));
  EXPECT_TRUE(watch.notices());
}

TEST_F(PinWatchTest, SaysThatTheDriverCannotWait) {
  outcome = ENOTTY;
  start();
  ASSERT_TRUE(run_until(context, [this] { return changes == 1; }));
  EXPECT_FALSE(watch.notices());
  start();
  EXPECT_FALSE(watch.notices()) << "it is not asked again";
  watch.stop();
  start();
  EXPECT_TRUE(watch.notices()) << "another device, perhaps";
}

TEST_F(PinWatchTest, EndsAWaitThatOnlyASignalEnds) {
  for (int i = 0; i < 100; ++i) {
    blocks = true;
    start();
    const bool before_it_waits = i % 2 == 0;
    ASSERT_TRUE(before_it_waits || until_waiting());
    watch.stop();
    EXPECT_FALSE(waiting) << "the thread has ended";
    EXPECT_FALSE(watch.notices());
  }
  context.poll();
  EXPECT_EQ(changes, 0);
}

TEST_F(PinWatchTest, BeginsAWaitAnew) {
  blocks = true;
  start();
  ASSERT_TRUE(until_waiting());
  const int before = waits;
  watch.renew();
  ASSERT_TRUE(run_until(context, [&] { return waits > before; }));
  EXPECT_EQ(changes, 0);
  EXPECT_TRUE(watch.notices());
  watch.stop();
  watch.renew();
}

TEST_F(PinWatchTest, IsSilentOnceItWasStopped) {
  start();
  ASSERT_TRUE(until_waiting());
  outcome = 0;
  ASSERT_TRUE(run_until(context, [this] { return changes == 1; }));
  watch.stop();
  bool over = false;
  Alarm alarm(context);
  alarm.start(4 * PinWatch::kPause, [&over] { over = true; });
  ASSERT_TRUE(run_until(context, [&over] { return over; }));
  EXPECT_EQ(changes, 1);
}

TEST_F(PinWatchTest, MayBeStoppedByWhatItCalls) {
  watch.start(7, [this] {
    ++changes;
    watch.stop();
    start();
  });
  ASSERT_TRUE(until_waiting());
  outcome = 0;
  ASSERT_TRUE(run_until(context, [this] { return changes == 1 && waits == 2; }));
  EXPECT_TRUE(watch.notices());
}

}  // namespace
}  // namespace serialtcp::io
