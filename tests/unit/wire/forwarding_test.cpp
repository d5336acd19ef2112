// The prefaces of streams that carry their destination: golden bytes, in pieces, and malformed ones.
#include "wire/forwarding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "hex.h"

namespace serialtcp::wire {
namespace {

const Address kV4{Ipv4{192, 168, 0, 1}, 22};
const Address kV6{Ipv6{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 443};
const Address kName{"ab.c", 8080};

TEST(Forwarding, HasTheBytesOfTheDocument) {
  EXPECT_EQ(test::to_hex(preface(Forward{kV4, Answer::none})), "0001c0a800010016");
  EXPECT_EQ(test::to_hex(preface(Forward{kName, Answer::wanted})), "01030461622e631f90");
  EXPECT_EQ(test::to_hex(preface(Listen{0x0102, kName})), "0201030461622e631f90");
  EXPECT_EQ(test::to_hex(preface(Forwarded{7, kV4})), "070001c0a800010016");
  EXPECT_EQ(test::to_hex(preface(kV6)), "04fd00000000000000000000000000000101bb");
}

TEST(Forwarding, ReadsWhatItWrites) {
  for (const Address& address : {kV4, kV6, kName}) {
    for (const Answer answer : {Answer::none, Answer::wanted}) {
      const Forward forward{address, answer};
      EXPECT_EQ(read_forward(preface(forward)), forward);
    }
    const Listen listen{0xFFFE, address};
    EXPECT_EQ(read_listen(preface(listen)), listen);
    const Forwarded forwarded{0, address};
    EXPECT_EQ(read_forwarded(preface(forwarded)), forwarded);
    EXPECT_EQ(read_answer(preface(address)), address);
  }
}

TEST(Forwarding, IgnoresFlagsThatItDoesNotKnow) {
  EXPECT_EQ(read_forward(test::from_hex("ff01c0a800010016")), (Forward{kV4, Answer::wanted}));
  EXPECT_EQ(read_forward(test::from_hex("fe01c0a800010016")), (Forward{kV4, Answer::none}));
}

TEST(Forwarding, IsNoneWhenItIsCutOrHasMoreBehindIt) {
  for (const Address& address : {kV4, kV6, kName}) {
    Bytes bytes = preface(Listen{1, address});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(read_listen(ByteView(bytes).first(size))) << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(read_listen(bytes));
  }
  EXPECT_FALSE(read_forward(test::from_hex("0002c0a800010016"))) << "no such kind of address";
  EXPECT_FALSE(read_answer({}));
}

/// What is collected from a stream that continues after the preface, `piece` bytes at a time.
Bytes collect(std::size_t head, ByteView stream, std::size_t piece) {
  Collected collected(head);
  while (const std::size_t missing = collected.missing()) {
    const std::size_t count = std::min({missing, piece, stream.size()});
    if (count == 0) return {};
    collected.add(stream.first(count));
    stream = stream.subspan(count);
  }
  return collected.bytes();
}

TEST(CollectedPreface, TakesItsOwnBytesAndNoneBehindThemHoweverTheyArrive) {
  for (const Address& address : {kV4, kV6, kName, Address{std::string(kMaxHostName, 'x'), 1}}) {
    for (const auto& [head, bytes] : {std::pair{Forward::kHead, preface(Forward{address, Answer::wanted})},
                                      std::pair{Listen::kHead, preface(Listen{300, address})},
                                      std::pair{std::size_t{0}, preface(address)}}) {
      Bytes stream = bytes;
      stream.insert(stream.end(), 50, 0x03);
      for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
        EXPECT_EQ(collect(head, stream, piece), bytes) << "pieces of " << piece;
      }
    }
  }
}

TEST(CollectedPreface, EndsAtOnceWhereItIsMalformed) {
  const Bytes stream = test::from_hex("00ff0102030405060708090a");
  EXPECT_EQ(collect(Forward::kHead, stream, 1000).size(), 2U);
  EXPECT_FALSE(read_forward(collect(Forward::kHead, stream, 1000)));
}

}  // namespace
}  // namespace serialtcp::wire
