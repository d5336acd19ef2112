// The hello: golden bytes, what a later version may change, and nonsense.
#include "line/hello.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace serialtcp::line {
namespace {

using ::testing::ElementsAre;

Hello example() {
  Hello hello;
  hello.role = Role::server;
  hello.session = SessionId{0x0807060504030201};
  hello.peer = SessionId{0x1817161514131211};
  hello.max_streams = 0x004000;
  hello.initial_credit = 8192;
  return hello;
}

Bytes written(const Hello& hello) {
  std::array<Byte, kHelloSize> buffer;
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
  hello.role = Role::client;
  EXPECT_EQ(written(hello)[2], 0x02);
  hello.up = true;
  EXPECT_EQ(written(hello)[2], 0x06);
  hello.goodbye = true;
  EXPECT_EQ(written(hello)[2], 0x0E);
}

TEST(Hello, IsReadAsItWasWritten) {
  for (const Role role : {Role::server, Role::client}) {
    for (const bool up : {false, true}) {
      Hello hello = example();
      hello.role = role;
      hello.up = up;
      hello.goodbye = !up;
      const auto read_back = read(written(hello));
      ASSERT_TRUE(read_back);
      EXPECT_EQ(read_back->version, kProtocolVersion);
      EXPECT_EQ(read_back->role, role);
      EXPECT_EQ(read_back->up, up);
      EXPECT_EQ(read_back->goodbye, !up);
      EXPECT_EQ(read_back->session, hello.session);
      EXPECT_EQ(read_back->peer, hello.peer);
      EXPECT_EQ(read_back->max_streams, hello.max_streams);
      EXPECT_EQ(read_back->initial_credit, hello.initial_credit);
    }
  }
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

}  // namespace
}  // namespace serialtcp::line
