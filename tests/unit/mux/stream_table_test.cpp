// Streams by id and by index: indexes are used again, ids never.
#include "mux/stream_table.h"

#include <gtest/gtest.h>

namespace serialtcp::mux {
namespace {

using wire::OpenedBy;
using wire::WireStream;

constexpr StreamTable::Credits kCredits{8192, 8192};
constexpr std::size_t kMost = 100;

class StreamTableTest : public testing::Test {
 protected:
  Stream* open() { return table_.create_local(ServiceId{}, kCredits, kMost); }
  void end(Stream* stream) {
    table_.leave_wire(*stream);
    stream->move(Stream::Application::closed);
    table_.collect(*stream);
  }

  StreamTable table_;
};

TEST_F(StreamTableTest, FindsAStreamByItsIdAndByItsIndex) {
  Stream* const ours = open();
  Stream* const theirs = table_.create_remote(7, 1, ServiceId{3}, kCredits);
  EXPECT_EQ(table_.find(ours->key.id), ours);
  EXPECT_EQ(table_.find(theirs->key.id), theirs);
  EXPECT_EQ(table_.find(WireStream{ours->key.index, OpenedBy::receiver}), ours);
  EXPECT_EQ(table_.find(WireStream{7, OpenedBy::sender}), theirs);
  EXPECT_EQ(table_.find(WireStream{7, OpenedBy::receiver}), nullptr);
  EXPECT_EQ(table_.find(WireStream{1000, OpenedBy::sender}), nullptr);
  EXPECT_EQ(table_.find(StreamId{99}), nullptr);
  EXPECT_EQ(theirs->key.purpose.service, ServiceId{3});
}

TEST_F(StreamTableTest, GivesTheLowestFreeIndex) {
  Stream* const a = open();
  Stream* const b = open();
  Stream* const c = open();
  EXPECT_EQ(a->key.index, 0U);
  EXPECT_EQ(b->key.index, 1U);
  EXPECT_EQ(c->key.index, 2U);
  end(b);
  end(a);
  EXPECT_EQ(open()->key.index, 0U);
  EXPECT_EQ(open()->key.index, 1U);
  EXPECT_EQ(open()->key.index, 3U);
}

TEST_F(StreamTableTest, GivesAnIndexAnotherGenerationEachTimeAndAnIdNeverAgain) {
  Stream* stream = open();
  for (int i = 0; i < 1000; ++i) {
    const StreamKey old = stream->key;
    end(stream);
    stream = open();
    ASSERT_EQ(stream->key.index, old.index);
    ASSERT_EQ(stream->key.generation, static_cast<std::uint8_t>(old.generation + 1));
    ASSERT_GT(stream->key.id, old.id);
    ASSERT_EQ(table_.find(old.id), nullptr);
  }
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(StreamTableTest, OpensNoMoreThanAllowed) {
  for (std::size_t i = 0; i < kMost; ++i) ASSERT_NE(open(), nullptr);
  EXPECT_EQ(open(), nullptr);
  end(table_.find(WireStream{5, OpenedBy::receiver}));
  EXPECT_NE(open(), nullptr);
  EXPECT_EQ(open(), nullptr);
}

TEST_F(StreamTableTest, KeepsAnIndexWhileTheWireKnowsTheStream) {
  Stream* const stream = open();
  stream->move(Stream::Application::closed);
  table_.collect(*stream);
  EXPECT_EQ(table_.size(), 1U);
  EXPECT_EQ(open()->key.index, 1U);
}

TEST_F(StreamTableTest, KeepsAStreamThatTheApplicationHasNotFinishedWith) {
  Stream* const stream = open();
  const StreamId id = stream->key.id;
  table_.leave_wire(*stream);
  table_.collect(*stream);
  EXPECT_EQ(table_.find(id), stream);
  EXPECT_EQ(table_.find(WireStream{0, OpenedBy::receiver}), nullptr);
  stream->move(Stream::Application::closed);
  table_.collect(*stream);
  EXPECT_EQ(table_.find(id), nullptr);
}

TEST_F(StreamTableTest, RemembersThePeersLastOpeningOfAnIndex) {
  EXPECT_FALSE(table_.was_opened(5, 0));
  Stream* const stream = table_.create_remote(5, 9, ServiceId{}, kCredits);
  EXPECT_TRUE(table_.was_opened(5, 9));
  EXPECT_FALSE(table_.was_opened(5, 10));
  EXPECT_FALSE(table_.was_opened(4, 0)) << "a slot in between was never used";
  end(stream);
  EXPECT_TRUE(table_.was_opened(5, 9)) << "a late copy of the old opening opens nothing";
  EXPECT_NE(table_.create_remote(5, 10, ServiceId{}, kCredits), nullptr);
}

TEST_F(StreamTableTest, ForgetsEverythingWithTheSessionButNeverUsesAnIdAgain) {
  Stream* const stream = open();
  const StreamId id = stream->key.id;
  table_.create_remote(5, 9, ServiceId{}, kCredits);
  table_.clear();
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_FALSE(table_.was_opened(5, 9));
  EXPECT_EQ(table_.pools().credit.used, 0U);
  EXPECT_GT(open()->key.id, id);
}

TEST(StreamTableDeathTest, OpeningAnIndexInUseIsOurOwnBug) {
  StreamTable table;
  table.create_remote(5, 9, ServiceId{}, kCredits);
  EXPECT_DEATH(table.create_remote(5, 10, ServiceId{}, kCredits), "internal error");
}

}  // namespace
}  // namespace serialtcp::mux
