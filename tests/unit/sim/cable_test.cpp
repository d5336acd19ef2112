// The model of a whole cable, in simulated time.
#include "sim/cable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace serialtcp::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time kStart{1s};

Bytes received(Cable& cable, End end, Time now) {
  Bytes out;
  cable.receive(end, now, out);
  return out;
}

CableConfig at(std::uint32_t baud) {
  CableConfig config;
  config.a.baud = config.b.baud = baud;
  return config;
}

TEST(Cable, DeliversAByteAfterItsCharacterTime) {
  Cable cable(at(10000), 1);
  cable.send(End::a, Bytes{7}, kStart);
  EXPECT_EQ(cable.next_arrival(End::b), kStart + 1ms);
  EXPECT_EQ(cable.next_arrival(End::a), kNever);
  EXPECT_THAT(received(cable, End::b, kStart + 1ms - 1ns), IsEmpty());
  EXPECT_THAT(received(cable, End::b, kStart + 1ms), ElementsAre(7));
}

TEST(Cable, CarriesBothDirectionsAtOnce) {
  Cable cable(at(10000), 1);
  cable.send(End::a, Bytes{1, 2}, kStart);
  cable.send(End::b, Bytes{3}, kStart);
  EXPECT_THAT(received(cable, End::b, kStart + 2ms), ElementsAre(1, 2));
  EXPECT_THAT(received(cable, End::a, kStart + 2ms), ElementsAre(3));
}

TEST(Cable, EachEndSendsAtItsOwnSpeedAndIsGarbledAtTheOther) {
  Cable cable(at(115200), 1);
  LineSettings slow;
  slow.baud = 9600;
  cable.set_settings(End::b, slow, kStart);
  cable.send(End::a, Bytes(1000, 0x55), kStart);
  cable.send(End::b, Bytes(10, 0x55), kStart);
  EXPECT_EQ(cable.next_arrival(End::b), kStart + 86806ns);
  EXPECT_EQ(cable.next_arrival(End::a), kStart + 1041667ns);
  EXPECT_NE(received(cable, End::b, kStart + 1s), Bytes(1000, 0x55));
  EXPECT_NE(received(cable, End::a, kStart + 1s), Bytes(10, 0x55));
  EXPECT_EQ(cable.stats().a_to_b.garbled, 1000U);
  EXPECT_EQ(cable.stats().b_to_a.garbled, 10U);
}

TEST(Cable, CanBeFasterOneWayThanTheOther) {
  Cable cable(at(115200), 1);
  LineSettings slow;
  slow.baud = 10000;
  cable.set_direction(End::b, slow, kStart);
  cable.send(End::a, Bytes{1}, kStart);
  cable.send(End::b, Bytes{2}, kStart);
  EXPECT_EQ(cable.next_arrival(End::b), kStart + 86806ns);
  EXPECT_EQ(cable.next_arrival(End::a), kStart + 1ms);
  EXPECT_THAT(received(cable, End::b, kStart + 1s), ElementsAre(1));
  EXPECT_THAT(received(cable, End::a, kStart + 1s), ElementsAre(2));
}

TEST(Cable, CutLosesBothDirectionsUntilJoined) {
  Cable cable(at(10000), 1);
  cable.cut(kStart);
  cable.send(End::a, Bytes{1}, kStart);
  cable.send(End::b, Bytes{2}, kStart);
  EXPECT_THAT(received(cable, End::b, kStart + 1s), IsEmpty());
  EXPECT_THAT(received(cable, End::a, kStart + 1s), IsEmpty());
  cable.join(kStart + 1s);
  cable.send(End::a, Bytes{3}, kStart + 1s);
  EXPECT_THAT(received(cable, End::b, kStart + 2s), ElementsAre(3));
}

TEST(Cable, EchoLetsAnEndHearItselfAndNobodyElse) {
  Cable cable(at(10000), 1);
  cable.set_echo(Echo::on, kStart);
  cable.send(End::a, Bytes{1, 2}, kStart);
  EXPECT_EQ(cable.next_arrival(End::a), kStart + 1ms);
  EXPECT_THAT(received(cable, End::b, kStart + 1s), IsEmpty());
  EXPECT_THAT(received(cable, End::a, kStart + 1s), ElementsAre(1, 2));
  cable.set_echo(Echo::off, kStart + 1s);
  cable.send(End::a, Bytes{3}, kStart + 1s);
  EXPECT_THAT(received(cable, End::b, kStart + 2s), ElementsAre(3));
}

TEST(Cable, EchoIsClearWhateverTheOtherEndIsSetTo) {
  CableConfig config;
  config.b.baud = 9600;
  Cable cable(config, 1);
  cable.set_echo(Echo::on, kStart);
  cable.send(End::a, Bytes{1, 2}, kStart);
  EXPECT_THAT(received(cable, End::a, kStart + 1s), ElementsAre(1, 2));
}

TEST(Cable, FaultsCanBeOneSided) {
  Cable cable(at(0), 1);
  cable.set_faults(End::a, {.drop = 1});
  cable.send(End::a, Bytes{1}, kStart);
  cable.send(End::b, Bytes{2}, kStart);
  EXPECT_THAT(received(cable, End::b, kStart), IsEmpty());
  EXPECT_THAT(received(cable, End::a, kStart), ElementsAre(2));
}

TEST(Cable, TheDirectionsSufferDifferentFaults) {
  CableConfig config = at(0);
  config.faults.drop = 0.1;
  Cable cable(config, 1);
  Bytes bytes(1000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i);
  cable.send(End::a, bytes, kStart);
  cable.send(End::b, bytes, kStart);
  EXPECT_NE(received(cable, End::a, kStart), received(cable, End::b, kStart));
}

TEST(Cable, FlowControlHoldsOnlyTheSenderToThatEnd) {
  Cable cable(at(10000), 1);
  cable.hold_sender_to(End::b, kStart);
  cable.send(End::a, Bytes{1}, kStart);
  cable.send(End::b, Bytes{2}, kStart);
  EXPECT_THAT(received(cable, End::b, kStart + 1s), IsEmpty());
  EXPECT_THAT(received(cable, End::a, kStart + 1s), ElementsAre(2));
  cable.release_sender_to(End::b, kStart + 1s);
  EXPECT_THAT(received(cable, End::b, kStart + 2s), ElementsAre(1));
}

}  // namespace
}  // namespace serialtcp::sim
