// The modes of a terminal, one by one and together, and what it does to a cable.
#include "sim/terminal.h"

#include <gtest/gtest.h>

#include "sim/cable.h"

namespace serialtcp::sim {
namespace {

using namespace std::chrono_literals;

struct Passed {
  Bytes program;
  Bytes echo;
};

Passed pass(Terminal& terminal, const Bytes& bytes) {
  Passed passed;
  terminal.input(bytes, passed.program, passed.echo);
  return passed;
}

TEST(TerminalTest, PassesAllWithoutModes) {
  Terminal terminal;
  const Bytes bytes{0x00, 0x0D, 0x0A, 0x11, 0x13, 0x93, 0xFF};
  EXPECT_EQ(pass(terminal, bytes).program, bytes);
  EXPECT_TRUE(pass(terminal, bytes).echo.empty());
  EXPECT_FALSE(terminal.stopped());
  Bytes line;
  terminal.output(bytes, line);
  EXPECT_EQ(line, bytes);
}

TEST(TerminalTest, IsStoppedAndReleased) {
  Terminal terminal({.ixon = true});
  EXPECT_EQ(pass(terminal, {'a', 0x13, 'b'}).program, (Bytes{'a', 'b'}));
  EXPECT_TRUE(terminal.stopped());
  pass(terminal, {'c', 0x91});
  EXPECT_TRUE(terminal.stopped());
  pass(terminal, {0x11});
  EXPECT_FALSE(terminal.stopped());
  pass(terminal, {0x13});
  terminal.set({});
  EXPECT_FALSE(terminal.stopped());
}

TEST(TerminalTest, StripsFirst) {
  Terminal terminal({.istrip = true, .icrnl = true, .ixon = true});
  EXPECT_EQ(pass(terminal, {0x8D, 0x93, 0xC1}).program, (Bytes{0x0A, 'A'}));
  EXPECT_TRUE(terminal.stopped());
}

TEST(TerminalTest, EchoesAndMapsOutput) {
  Terminal terminal(kCooked);
  const Passed passed = pass(terminal, {'x', 0x01, 0x7F, 0x0D});
  EXPECT_EQ(passed.program, (Bytes{'x', 0x01, 0x7F, 0x0A}));
  EXPECT_EQ(passed.echo, (Bytes{'x', '^', 'A', '^', '?', 0x0A}));
  Bytes line;
  terminal.output(passed.echo, line);
  EXPECT_EQ(line, (Bytes{'x', '^', 'A', '^', '?', 0x0D, 0x0A}));
}

TEST(TerminalTest, StopsAnEndOfACable) {
  Cable cable({}, 1);
  const Time start = Time{} + 1s;
  cable.set_terminal(End::b, {.ixon = true, .echo = true}, start);
  cable.send(End::a, Bytes{'a', 0x13}, start);
  Bytes at_b;
  cable.receive(End::b, start + 1s, at_b);
  EXPECT_EQ(at_b, Bytes{'a'});
  cable.send(End::b, Bytes{'b'}, start + 1s);
  // It is held for two reasons.
  cable.hold_sender_to(End::a, start + 1s);
  cable.release_sender_to(End::a, start + 1s);
  Bytes at_a;
  cable.receive(End::a, start + 2s, at_a);
  EXPECT_TRUE(at_a.empty());
  cable.send(End::a, Bytes{0x11}, start + 2s);
  cable.receive(End::b, start + 3s, at_b);
  EXPECT_EQ(at_b, Bytes{'a'});
  cable.receive(End::a, start + 4s, at_a);
  EXPECT_EQ(at_a, (Bytes{'a', 'b'}));  // the echo was held, too
}

}  // namespace
}  // namespace serialtcp::sim
