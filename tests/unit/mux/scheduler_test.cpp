// Which stream is served next: sparse streams first, bulk streams in turns, and each at some time.
#include "mux/scheduler.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "mux/stream.h"

namespace serialtcp::mux {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{} + 1h;
constexpr std::uint64_t kRate = 11520;

class SchedulerTest : public testing::Test {
 protected:
  Stream& make_stream(Priority priority = Priority::automatic) {
    StreamKey key{StreamId{streams_.size() + 1}, Opener::us, 0, 0, ServiceId{}};
    key.purpose.priority = priority;
    streams_.push_back(std::make_unique<Stream>(key, 8192, 8192, pools_));
    return *streams_.back();
  }
  /// A stream that has used up what a sparse stream may send.
  Stream& make_bulk() {
    Stream& stream = make_stream();
    scheduler_.activate(stream, kRate, now_);
    for (int i = 0; i < 4; ++i) scheduler_.charge(stream, 1000);
    EXPECT_EQ(stream.schedule.queue, ScheduleEntry::Queue::bulk);
    return stream;
  }

  Time now_ = kStart;
  Pools pools_;
  std::vector<std::unique_ptr<Stream>> streams_;
  Scheduler scheduler_;
};

TEST_F(SchedulerTest, HasNobodyAtFirst) {
  EXPECT_TRUE(scheduler_.empty());
  EXPECT_EQ(scheduler_.pick(), nullptr);
}

TEST_F(SchedulerTest, TakesAStreamThatWasQuietForSparse) {
  Stream& stream = make_stream();
  scheduler_.activate(stream, kRate, now_);
  EXPECT_TRUE(scheduler_.has_sparse());
  EXPECT_EQ(scheduler_.pick(), &stream);
  EXPECT_TRUE(scheduler_.only(stream));
}

TEST_F(SchedulerTest, LetsASparseStreamOvertakeBulk) {
  Stream& bulk = make_bulk();
  Stream& typist = make_stream();
  EXPECT_FALSE(scheduler_.preempts(bulk));
  scheduler_.activate(typist, kRate, now_);
  EXPECT_TRUE(scheduler_.preempts(bulk));
  EXPECT_EQ(scheduler_.pick(), &typist);
  EXPECT_FALSE(scheduler_.preempts(typist));
}

TEST_F(SchedulerTest, MakesAStreamThatSendsMuchTakeTurns) {
  Stream& stream = make_stream();
  scheduler_.activate(stream, kRate, now_);
  scheduler_.charge(stream, 200);
  EXPECT_TRUE(scheduler_.has_sparse());
  scheduler_.charge(stream, 200);
  EXPECT_FALSE(scheduler_.has_sparse());
  EXPECT_EQ(scheduler_.pick(), &stream);
}

TEST_F(SchedulerTest, KeepsATypistSparseForEver) {
  Stream& bulk = make_bulk();
  Stream& typist = make_stream();
  for (int key = 0; key < 10'000; ++key) {
    now_ += 50ms;
    scheduler_.activate(typist, kRate, now_);
    ASSERT_EQ(scheduler_.pick(), &typist) << key;
    scheduler_.charge(typist, 1);
    scheduler_.deactivate(typist);
    ASSERT_EQ(scheduler_.pick(), &bulk);
    scheduler_.charge(bulk, 500);
  }
}

TEST_F(SchedulerTest, DoesNotLetAStreamStaySparseByPausingBriefly) {
  Stream& stream = make_stream();
  std::uint64_t sent_as_sparse = 0;
  for (int i = 0; i < 1000; ++i) {
    now_ += 10ms;
    scheduler_.activate(stream, kRate, now_);
    if (stream.schedule.queue == ScheduleEntry::Queue::sparse) sent_as_sparse += 100;
    scheduler_.charge(stream, 100);
    scheduler_.deactivate(stream);
  }
  // 10 s of the line are 115 kB; it asked for 100 kB.
  EXPECT_LT(sent_as_sparse, 115'200U * 4 / 10);
}

TEST_F(SchedulerTest, SharesEquallyAmongBulkStreamsWhateverTheirFrames) {
  std::map<Stream*, std::size_t> sent;
  std::map<Stream*, std::size_t> frame;
  for (const std::size_t size : {100U, 700U, 4000U}) {
    Stream& stream = make_bulk();
    frame[&stream] = size;
  }
  for (std::size_t total = 0; total < 3'000'000;) {
    Stream* const stream = scheduler_.pick();
    ASSERT_NE(stream, nullptr);
    sent[stream] += frame[stream];
    total += frame[stream];
    scheduler_.charge(*stream, frame[stream]);
  }
  for (const auto& [stream, bytes] : sent) EXPECT_NEAR(static_cast<double>(bytes), 1e6, 1e4);
}

TEST_F(SchedulerTest, StarvesNobodyAmongMany) {
  std::map<Stream*, int> turns;
  for (int i = 0; i < 500; ++i) turns[&make_bulk()] = 0;
  for (int i = 0; i < 500 * 20; ++i) {
    Stream* const stream = scheduler_.pick();
    ++turns[stream];
    scheduler_.charge(*stream, 1024);
  }
  for (const auto& [stream, count] : turns) EXPECT_GT(count, 5);
}

TEST_F(SchedulerTest, DoesNotStarveBulkBehindSparseStreamsThatSendALot) {
  Stream& bulk = make_bulk();
  std::vector<Stream*> greedy;
  for (int i = 0; i < 20; ++i) greedy.push_back(&make_stream());
  std::size_t bulk_sent = 0;
  std::size_t total = 0;
  while (total < 1'000'000) {
    for (Stream* const stream : greedy) scheduler_.activate(*stream, kRate, now_);
    Stream* const stream = scheduler_.pick();
    scheduler_.charge(*stream, 200);
    now_ += Duration(1s) * 200 / static_cast<std::int64_t>(kRate);
    total += 200;
    if (stream == &bulk) bulk_sent += 200;
  }
  EXPECT_NEAR(static_cast<double>(bulk_sent), 1e6 / 21, 1e4);
}

TEST_F(SchedulerTest, EndsAFrameWhenItsTurnIsOver) {
  Stream& one = make_bulk();
  Stream& two = make_bulk();
  Stream* const first = scheduler_.pick();
  EXPECT_FALSE(scheduler_.preempts(*first));
  for (int i = 0; i < 20 && scheduler_.pick() == first; ++i) scheduler_.charge(*first, 256);
  EXPECT_TRUE(scheduler_.preempts(*first));
  EXPECT_EQ(scheduler_.pick(), first == &one ? &two : &one);
}

TEST_F(SchedulerTest, OwesNobodyAnythingWhenAlone) {
  Stream& alone = make_bulk();
  for (int i = 0; i < 100; ++i) scheduler_.charge(alone, 10'000);
  Stream& other = make_bulk();
  std::size_t turns = 0;
  for (int i = 0; i < 100; ++i) {
    Stream* const stream = scheduler_.pick();
    turns += stream == &alone ? 1U : 0U;
    scheduler_.charge(*stream, 1024);
  }
  EXPECT_NEAR(static_cast<double>(turns), 50, 5);
  EXPECT_FALSE(scheduler_.only(other));
}

TEST_F(SchedulerTest, ForgetsAStreamThatEnds) {
  Stream& bulk = make_bulk();
  Stream& typist = make_stream();
  scheduler_.activate(typist, kRate, now_);
  scheduler_.deactivate(typist);
  scheduler_.deactivate(bulk);
  scheduler_.deactivate(bulk);
  EXPECT_TRUE(scheduler_.empty());
  EXPECT_EQ(scheduler_.pick(), nullptr);
  scheduler_.charge(bulk, 100);
  EXPECT_TRUE(scheduler_.empty());
}

TEST_F(SchedulerTest, NeverLetsABulkStreamOvertakeHoweverLittleItAsks) {
  Stream& bulk = make_bulk();
  Stream& modest = make_stream(Priority::bulk);
  now_ += 1h;
  scheduler_.activate(modest, kRate, now_);
  EXPECT_FALSE(scheduler_.has_sparse());
  EXPECT_FALSE(scheduler_.preempts(bulk));
  scheduler_.deactivate(bulk);
  EXPECT_EQ(scheduler_.pick(), &modest);
  EXPECT_TRUE(modest.schedule.in_turns());
}

TEST_F(SchedulerTest, LetsAnInteractiveStreamGoBeforeBulkHoweverMuchItAsks) {
  Stream& bulk = make_bulk();
  Stream& urgent = make_stream(Priority::interactive);
  scheduler_.activate(urgent, kRate, now_);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(scheduler_.pick(), &urgent);
    ASSERT_TRUE(scheduler_.preempts(bulk));
    ASSERT_FALSE(scheduler_.preempts(urgent));
    scheduler_.charge(urgent, 1000);
  }
  EXPECT_FALSE(scheduler_.has_sparse()) << "its frames are cut like any other's";
  EXPECT_TRUE(urgent.schedule.in_turns());
  scheduler_.deactivate(urgent);
  EXPECT_EQ(scheduler_.pick(), &bulk);
}

TEST_F(SchedulerTest, LetsASparseInteractiveStreamOvertakeOtherSparseOnes) {
  Stream& query = make_stream();
  Stream& other = make_stream();
  Stream& typist = make_stream(Priority::interactive);
  Stream& second = make_stream(Priority::interactive);
  scheduler_.activate(query, kRate, now_);
  scheduler_.activate(other, kRate, now_);
  EXPECT_FALSE(scheduler_.preempts(query));
  scheduler_.activate(typist, kRate, now_);
  scheduler_.activate(second, kRate, now_);
  EXPECT_TRUE(scheduler_.preempts(query));
  EXPECT_FALSE(scheduler_.preempts(typist));
  for (Stream* const next : {&typist, &second, &query, &other}) {
    EXPECT_EQ(scheduler_.pick(), next);
    scheduler_.deactivate(*next);
  }
}

TEST_F(SchedulerTest, CountsAChunkOnceInHoweverManySlicesItGoes) {
  Stream& stream = make_stream();
  Stream& other = make_stream(Priority::bulk);
  scheduler_.activate(other, kRate, now_);
  scheduler_.activate(stream, kRate, now_);
  scheduler_.charge(stream, 4);
  for (int i = 0; i < 50; ++i) scheduler_.charge(stream, 4, Scheduler::Of::same_chunk);
  EXPECT_EQ(scheduler_.pick(), &stream);
  for (int i = 0; i < 100; ++i) scheduler_.charge(stream, 4);
  EXPECT_EQ(scheduler_.pick(), &other);
}

TEST_F(SchedulerTest, LetsASparseStreamOvertakeAnInteractiveOneThatAsksForMuch) {
  Stream& urgent = make_stream(Priority::interactive);
  scheduler_.activate(urgent, kRate, now_);
  for (int i = 0; i < 4; ++i) scheduler_.charge(urgent, 1000);
  Stream& typist = make_stream();
  scheduler_.activate(typist, kRate, now_);
  EXPECT_EQ(scheduler_.pick(), &typist);
  EXPECT_TRUE(scheduler_.preempts(urgent));
}

TEST_F(SchedulerTest, LetsInteractiveStreamsTakeTurns) {
  std::vector<Stream*> urgent;
  for (int i = 0; i < 3; ++i) {
    urgent.push_back(&make_stream(Priority::interactive));
    scheduler_.activate(*urgent.back(), kRate, now_);
  }
  std::map<Stream*, std::size_t> sent;
  for (int i = 0; i < 3000; ++i) {
    Stream* const next = scheduler_.pick();
    sent[next] += 300;
    scheduler_.charge(*next, 300);
  }
  for (Stream* const stream : urgent) EXPECT_NEAR(static_cast<double>(sent[stream]), 300'000, 3000);
}

}  // namespace
}  // namespace serialtcp::mux
