// What a client has not read yet: bounded, and exact but for what is marked as lost.
#include "share/backlog.h"

#include <gtest/gtest.h>

#include <string>

namespace serialtcp::share {
namespace {

using Data = Backlog::Data;

Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

/// Everything that can be sent, in pieces of `piece` bytes.
std::string take(Backlog& backlog, Data data = Data::flows, std::size_t piece = 3) {
  std::string all;
  for (ByteView next = backlog.next(data); !next.empty(); next = backlog.next(data)) {
    const ByteView part = next.first(std::min(piece, next.size()));
    all.append(part.begin(), part.end());
    backlog.sent(part.size());
  }
  return all;
}

TEST(ShareBacklog, KeepsTheOrder) {
  Backlog backlog;
  backlog.add_data(bytes_of("one"), 3);
  backlog.add_always(bytes_of("<x>"));
  backlog.add_data(bytes_of("two"), 3);
  EXPECT_EQ(backlog.size(), 9U);
  EXPECT_EQ(take(backlog), "one<x>two");
  EXPECT_TRUE(backlog.empty());
  EXPECT_EQ(backlog.size(), 0U);
}

TEST(ShareBacklog, LosesWhatDoesNotFitUntilHalfOfItIsRead) {
  Backlog backlog;
  const Bytes piece(1024, 'a');
  for (std::size_t i = 0; i < Backlog::kMost / piece.size(); ++i) backlog.add_data(piece, piece.size());
  EXPECT_FALSE(backlog.loses());
  backlog.add_data(bytes_of("bb"), 1);
  backlog.add_data(bytes_of("cc"), 2);
  EXPECT_TRUE(backlog.loses());
  EXPECT_EQ(backlog.lost(), 3U) << "content counts, not its coding";
  EXPECT_EQ(backlog.size(), Backlog::kMost);
  EXPECT_EQ(backlog.take_lost(), 0U) << "not yet";
  while (backlog.size() > Backlog::kEnough)
    backlog.sent(std::min<std::size_t>(backlog.next(Data::flows).size(), 1000));
  backlog.add_data(bytes_of("d"), 1);
  EXPECT_EQ(backlog.take_lost(), 4U) << "until it was told";
  EXPECT_EQ(backlog.take_lost(), 0U);
  backlog.add_always(bytes_of(lost_mark(4)));
  backlog.add_data(bytes_of("e"), 1);
  const std::string rest = take(backlog, Data::flows, 4096);
  EXPECT_TRUE(rest.ends_with("a\r\n[serialtcp: 4 bytes lost]\r\ne"));
}

TEST(ShareBacklog, WhatMustNotBeLostIsNot) {
  Backlog backlog;
  backlog.add_data(Bytes(Backlog::kMost, 'a'), Backlog::kMost);
  backlog.add_always(bytes_of("<x>"));
  EXPECT_EQ(backlog.size(), Backlog::kMost + 3);
  EXPECT_FALSE(backlog.loses());
}

TEST(ShareBacklog, WhileDataIsHeldTheRestGoesPastItButNotIntoThePieceThatWasBegun) {
  Backlog backlog;
  backlog.add_data(bytes_of("data"), 4);
  backlog.add_always(bytes_of("<x>"));
  backlog.add_data(bytes_of("more"), 4);
  backlog.add_always(bytes_of("<y>"));
  EXPECT_EQ(take(backlog, Data::held), "<x><y>");
  EXPECT_TRUE(backlog.next(Data::held).empty());
  EXPECT_FALSE(backlog.empty());
  backlog.add_always(bytes_of("<z>"));
  ASSERT_EQ(backlog.next(Data::flows).size(), 4U);
  backlog.sent(1);
  EXPECT_EQ(take(backlog, Data::held), "ata<z>") << "a coded byte may be in two parts";
  EXPECT_EQ(take(backlog), "more");
}

TEST(ShareBacklog, DroppingDataKeepsWhatWasBegunAndWhatMustNotBeLost) {
  Backlog backlog;
  backlog.add_rest(bytes_of("rest"));
  backlog.add_data(bytes_of("data"), 4);
  backlog.add_always(bytes_of("<x>"));
  backlog.add_data(Bytes(Backlog::kMost, 'a'), 1);
  EXPECT_TRUE(backlog.loses());
  backlog.drop_data();
  EXPECT_FALSE(backlog.loses());
  EXPECT_EQ(backlog.size(), 7U);
  EXPECT_EQ(take(backlog), "rest<x>");
}

}  // namespace
}  // namespace serialtcp::share
