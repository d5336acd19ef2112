// What only the operating system gives a process: threads, their time, and random bytes. On all systems the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "os/cpu_time.h"
#include "os/entropy.h"
#include "os/thread.h"

namespace serialtcp::io {
namespace {

TEST(StartThread, RunsTheWorkOnAnotherThread) {
  pthread_t other{};
  auto owned = std::make_unique<int>(42);
  int seen = 0;
  const auto thread = start_thread(
      [&other, &seen, owned = std::move(owned)] {
        other = ::pthread_self();
        seen = *owned;
      },
      512 * 1024);
  ASSERT_TRUE(thread);
  ::pthread_join(*thread, nullptr);
  EXPECT_EQ(seen, 42);
  EXPECT_EQ(::pthread_equal(other, ::pthread_self()), 0);
}

TEST(ThreadCpuTime, GrowsWithWork) {
  const Duration begin = thread_cpu_time();
  EXPECT_GE(begin, Duration::zero());
  volatile std::uint32_t number = 1;
  while (thread_cpu_time() - begin < std::chrono::milliseconds(30)) number = number * 3 + 1;
  EXPECT_GT(thread_cpu_time(), begin);
}

TEST(FreshEntropy, IsAnotherEachTime) {
  const Entropy one = fresh_entropy();
  const Entropy other = fresh_entropy();
  EXPECT_FALSE(std::ranges::equal(one, other));
  EXPECT_LT(std::ranges::count(one, 0), std::ssize(one) / 2);
}

}  // namespace
}  // namespace serialtcp::io
