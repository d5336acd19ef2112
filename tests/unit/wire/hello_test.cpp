// The hello: golden bytes, what a later version may change, and malformed ones.
#include "wire/hello.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace serialtcp::wire {
namespace {

using ::testing::ElementsAre;

Hello example() {
  Hello hello;
  hello.roles = Role::server;
  hello.session = SessionId{0x0807060504030201};
  hello.peer = SessionId{0x1817161514131211};
  hello.max_streams = 0x004000;
  hello.initial_credit = 8192;
  return hello;
}

Bytes written(const Hello& hello) {
  std::array<Byte, kMaxHelloSize> buffer;
  base::Writer writer(buffer);
  write_hello(hello, writer);
  return {writer.written().begin(), writer.written().end()};
}

std::optional<Hello> read(const Bytes& bytes) {
  base::Reader reader(ByteView(bytes).subspan(1));
  return read_hello(reader);
}

TEST(Hello, HasTheseBytes) {
  EXPECT_THAT(written(example()),
              ElementsAre(0x00, 0x02, 0x01, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x11, 0x12, 0x13,
                          0x14, 0x15, 0x16, 0x17, 0x18, 0x00, 0x40, 0x00, 0x20, 0x00));
}

TEST(Hello, HasABitForEachRoleForUpAndForGoodbye) {
  Hello hello = example();
  hello.roles = Role::client;
  EXPECT_EQ(written(hello)[2], 0x02);
  hello.roles.server = true;
  EXPECT_EQ(written(hello)[2], 0x03);
  hello.roles = Role::client;
  hello.up = true;
  EXPECT_EQ(written(hello)[2], 0x06);
  hello.goodbye = true;
  EXPECT_EQ(written(hello)[2], 0x0E);
}

TEST(Hello, IsReadAsItWasWritten) {
  Roles both = Role::server;
  both.client = true;
  for (const Roles& role : {Roles(Role::server), Roles(Role::client), both}) {
    for (const bool up : {false, true}) {
      Hello hello = example();
      hello.roles = role;
      hello.up = up;
      hello.goodbye = !up;
      const auto read_back = read(written(hello));
      ASSERT_TRUE(read_back);
      EXPECT_EQ(read_back->version, kProtocolVersion);
      EXPECT_EQ(read_back->roles, role);
      EXPECT_EQ(read_back->up, up);
      EXPECT_EQ(read_back->goodbye, !up);
      EXPECT_EQ(read_back->session, hello.session);
      EXPECT_EQ(read_back->peer, hello.peer);
      EXPECT_EQ(read_back->max_streams, hello.max_streams);
      EXPECT_EQ(read_back->initial_credit, hello.initial_credit);
    }
  }
}

TEST(Hello, SaysInAsFewBytesAsItTakesWhichExtensionsItsSenderUnderstands) {
  Hello hello = example();
  const Bytes without = written(hello);
  for (const std::uint32_t bits : {0x01U, 0x80U, 0x100U, 0x12345U, 0x80000000U}) {
    hello.features = Features(bits);
    const Bytes bytes = written(hello);
    ASSERT_GT(bytes.size(), without.size() + 2);
    EXPECT_EQ(bytes[without.size()], 0x46);
    EXPECT_EQ(bytes[without.size() + 1], bytes.size() - without.size() - 2);
    EXPECT_NE(bytes.back(), 0) << bits;
    EXPECT_EQ(read(bytes)->features, hello.features) << bits;
  }
  hello.features = Features(0);
  EXPECT_EQ(written(hello), without);
}

TEST(Hello, HasNoExtensionsWithoutTheFieldAndOnlyTheFirstThirtyTwoOfALongOne) {
  EXPECT_EQ(read(written(example()))->features, Features(0));
  Bytes bytes = written(example());
  bytes.insert(bytes.end(), {0x46, 6, 1, 2, 3, 4, 5, 6, 0x46, 0});
  EXPECT_EQ(read(bytes)->features, Features(0));  // the last field counts, and it has no bit set
  bytes.resize(bytes.size() - 2);
  EXPECT_EQ(read(bytes)->features, Features(0x04030201));
}

TEST(Roles, FitWhenConnectionsCanGoEitherWay) {
  const Roles server = Role::server;
  const Roles client = Role::client;
  Roles both = Role::server;
  both.client = true;
  EXPECT_TRUE(fit(server, client) && fit(client, server));
  EXPECT_TRUE(fit(both, both) && fit(both, server) && fit(client, both));
  EXPECT_FALSE(fit(server, server) || fit(client, client));
}

TEST(Hello, MayBeLongerThanThisVersionKnows) {
  Bytes bytes = written(example());
  bytes.insert(bytes.end(), {1, 2, 3});
  EXPECT_TRUE(read(bytes));
}

TEST(Hello, OfAnotherVersionTellsItsVersionAndSessionOnly) {
  Bytes bytes = written(example());
  bytes[1] = 9;
  const auto hello = read(Bytes(bytes.begin(), bytes.begin() + 11));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->version, 9);
  EXPECT_EQ(hello->session, example().session);
  EXPECT_EQ(hello->max_streams, 0U);
}

TEST(Hello, IsMalformedWhereverItIsCutShort) {
  const Bytes whole = written(example());
  for (std::size_t length = 1; length < whole.size(); ++length) {
    EXPECT_FALSE(read(Bytes(whole.begin(), whole.begin() + static_cast<long>(length)))) << length;
  }
}

TEST(Hello, IsMalformedWithoutASessionOrARole) {
  Hello nobody = example();
  nobody.session = SessionId{};
  EXPECT_FALSE(read(written(nobody)));
  Bytes no_role = written(example());
  no_role[2] = 0;
  EXPECT_FALSE(read(no_role));
}

/// A hello with these bytes behind its fixed part.
Bytes with_fields(std::initializer_list<Byte> fields) {
  Bytes bytes = written(example());
  bytes.insert(bytes.end(), fields);
  return bytes;
}

TEST(HelloFields, OfTheHandshakeAreFoundBehindOthersAndSaidWhatTheyCover) {
  const Bytes bytes = with_fields({0x77, 2, 0xAA, 0xBB, 0x76, 0, 2, 3, 1, 2, 3});
  const auto hello = read(bytes);
  ASSERT_TRUE(hello && hello->handshake);
  EXPECT_THAT(*hello->handshake, ElementsAre(1, 2, 3));
  const Bytes covered(bytes.begin() + 1, bytes.end() - 3);
  EXPECT_EQ(Bytes(hello->covered.begin(), hello->covered.end()), covered);
}

TEST(HelloFields, BehindTheHandshakeCountForNothing) {
  const Bytes bytes = with_fields({2, 1, 0xAA, 2, 1, 0xBB});
  const auto hello = read(bytes);
  ASSERT_TRUE(hello && hello->handshake);
  EXPECT_THAT(*hello->handshake, ElementsAre(0xAA));
}

TEST(HelloFields, ThatAreNotKnownOrCutShortLeaveTheRestOfTheHelloAsItWas) {
  for (const auto& fields :
       {std::initializer_list<Byte>{0x77, 0}, {0x77}, {2}, {2, 4, 1, 2, 3}, {0x77, 9, 1}}) {
    const auto hello = read(with_fields(fields));
    ASSERT_TRUE(hello);
    EXPECT_FALSE(hello->handshake);
    EXPECT_EQ(hello->session, example().session);
    EXPECT_EQ(hello->initial_credit, example().initial_credit);
  }
}

TEST(HelloFields, SayWhatTheSenderCanUnpack) {
  Hello hello = example();
  hello.unpacking = Unpacking{17, 32};
  const Bytes bytes = written(hello);
  EXPECT_THAT(Bytes(bytes.begin() + kHelloSize, bytes.end()), ElementsAre(0x01, 0x02, 0x11, 0x20));
  EXPECT_EQ(read(bytes)->unpacking, hello.unpacking);
  EXPECT_FALSE(read(written(example()))->unpacking);
  EXPECT_EQ(read(with_fields({9, 1, 0, 1, 4, 12, 5, 77, 88}))->unpacking, (Unpacking{12, 5}))
      << "more may be said in a field than is known";
}

TEST(HelloFields, ThatMakeNoSenseSayThatNothingCanBeUnpacked) {
  for (const auto& field :
       {std::initializer_list<Byte>{1, 1, 17}, {1, 2, 9, 1}, {1, 2, 32, 1}, {1, 2, 17, 0}}) {
    const auto hello = read(with_fields(field));
    ASSERT_TRUE(hello);
    EXPECT_FALSE(hello->unpacking);
  }
}

TEST(HelloFields, HaveAHeadOfTwoBytes) {
  std::array<Byte, 2> buffer;
  base::Writer writer(buffer);
  write_field_head(HelloField::handshake, 48, writer);
  EXPECT_THAT(writer.written(), ElementsAre(2, 48));
}

}  // namespace
}  // namespace serialtcp::wire
