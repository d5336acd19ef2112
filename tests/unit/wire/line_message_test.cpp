// Line messages and sweeps: golden text, any cuts, among other bytes, and what they tell of a line.
#include "wire/line_message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "sim/faults.h"
#include "wire/line_sweep.h"
#include "wire/terminal.h"

namespace serialtcp::wire {
namespace {

using Kind = LineMessage::Kind;

std::string text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

std::vector<LineMessage> messages() {
  ByteSet some;
  for (const unsigned value : {0x00U, 0x11U, 0x13U, 0xFFU}) some.set(value);
  return {{.kind = Kind::probe, .token = {1}},
          {.kind = Kind::sweep, .token = {kLineTokens - 1}},
          {.kind = Kind::swept, .token = {99}},
          {.kind = Kind::filler, .token = {98}},
          {.kind = Kind::go_on, .token = {97}},
          {.kind = Kind::report, .token = {2}, .peer = {3}, .complete = false, .arrived = ~some},
          {.kind = Kind::report, .token = {2}, .peer = {3}, .complete = true, .arrived = some},
          {.kind = Kind::announce, .token = {4}, .coding = {LineMode::escaped, some}},
          {.kind = Kind::announce, .token = {4}, .coding = {LineMode::lines, {}}},
          {.kind = Kind::announce, .token = {4}}};
}

// The golden bytes of docs/protocol.md.
TEST(LineMessage, HasThisForm) {
  EXPECT_EQ(text(write_line_message({.kind = Kind::probe, .token = {1}})), "_=P10000000D68W1R1");
}

TEST(LineMessage, AreHarmlessAndNotLong) {
  for (const LineMessage& message : messages()) {
    const Bytes bytes = write_line_message(message);
    EXPECT_LE(bytes.size(), kMaxLineMessage);
    EXPECT_TRUE(is_harmless(bytes));
  }
}

struct Heard {
  Bytes data;
  std::vector<LineMessage> messages;
};

void split(LineSplitter& splitter, ByteView bytes, Heard& heard) {
  while (const auto item = splitter.next(bytes)) {
    heard.data.insert(heard.data.end(), item->data.begin(), item->data.end());
    if (item->message) heard.messages.push_back(*item->message);
  }
}

TEST(LineSplitter, FindsThemAmongAnyBytesInAnyPieces) {
  base::Prng random(1);
  const std::string_view filling = "_=_=PPRSTB01Z~\x1F_";
  for (int round = 0; round < 300; ++round) {
    std::vector<LineMessage> sent;
    LineSplitter splitter;
    Heard heard;
    Bytes all_data;
    Bytes all;
    for (int i = 0; i < 8; ++i) {
      Bytes piece;
      for (std::uint64_t n = random.below(30); n > 0; --n)
        piece.push_back(static_cast<Byte>(filling[random.below(filling.size())]));
      piece.push_back('.');
      all_data.insert(all_data.end(), piece.begin(), piece.end());
      all.insert(all.end(), piece.begin(), piece.end());
      sent.push_back(messages()[random.below(messages().size())]);
      const Bytes message = write_line_message(sent.back());
      all.insert(all.end(), message.begin(), message.end());
    }
    for (ByteView rest = all; !rest.empty();) {
      const std::size_t count = std::min<std::size_t>(rest.size(), 1 + random.below(40));
      split(splitter, rest.first(count), heard);
      rest = rest.subspan(count);
    }
    EXPECT_EQ(heard.data, all_data);
    EXPECT_EQ(heard.messages, sent);
  }
}

/// In any pieces; one byte at most, and only there.
TEST(LineSplitter, RemovesTheXonOfAMessage) {
  Bytes line = write_line_message({.kind = Kind::go_on, .token = {1}});
  const Bytes other = write_line_message({.kind = Kind::filler, .token = {1}});
  line.insert(line.end(), {0x11, 0x11, 'a'});
  line.insert(line.end(), other.begin(), other.end());
  line.insert(line.end(), {0x11, 'b'});
  for (std::size_t piece = 1; piece <= line.size(); ++piece) {
    LineSplitter splitter;
    Heard heard;
    for (std::size_t at = 0; at < line.size(); at += piece)
      split(splitter, ByteView(line).subspan(at, std::min(piece, line.size() - at)), heard);
    EXPECT_EQ(heard.data, (Bytes{0x11, 'a', 0x11, 'b'})) << piece;
    EXPECT_EQ(heard.messages.size(), 2U);
  }
}

TEST(LineSplitter, ADamagedMessageIsData) {
  for (const LineMessage& message : messages()) {
    const Bytes whole = write_line_message(message);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      Bytes damaged = whole;
      damaged[at] = damaged[at] == 'X' ? 'Y' : 'X';
      damaged.push_back('.');
      LineSplitter splitter;
      Heard heard;
      split(splitter, damaged, heard);
      EXPECT_TRUE(heard.messages.empty());
      EXPECT_EQ(heard.data, damaged);
    }
  }
}

/// Content that is full of messages, in any pieces, with a filler where the guard wants one: no message is found but the
/// fillers, and all content.
TEST(LineGuard, ContentIsNeverTakenForAMessage) {
  base::Prng random(2);
  const Bytes filler = write_line_message({.kind = Kind::filler, .token = {7}});
  for (int round = 0; round < 200; ++round) {
    Bytes content;
    for (int i = 0; i < 20; ++i) {
      const Bytes message = write_line_message(messages()[random.below(messages().size())]);
      content.insert(content.end(), message.begin(), message.end() - static_cast<long>(random.below(3)));
      for (std::uint64_t n = random.below(4); n > 0; --n) content.push_back(random.chance(0.5) ? '_' : '=');
    }
    LineGuard guard;
    Bytes line;
    std::size_t fillers = 0;
    for (ByteView rest = content; !rest.empty();) {
      const std::size_t piece = std::min<std::size_t>(rest.size(), 1 + random.below(50));
      ByteView bytes = rest.first(piece);
      rest = rest.subspan(piece);
      while (!bytes.empty()) {
        const std::size_t free = guard.follow(bytes);
        line.insert(line.end(), bytes.begin(), bytes.begin() + static_cast<long>(free));
        bytes = bytes.subspan(free);
        if (bytes.empty()) break;
        line.insert(line.end(), filler.begin(), filler.end());
        line.push_back(bytes[0]);
        bytes = bytes.subspan(1);
        ++fillers;
      }
    }
    line.push_back('.');
    content.push_back('.');
    LineSplitter splitter;
    Heard heard;
    split(splitter, line, heard);
    EXPECT_EQ(heard.data, content);
    EXPECT_EQ(heard.messages.size(), fillers);
    for (const LineMessage& message : heard.messages) EXPECT_EQ(message.token.value, 7U);
  }
}

/// What is sent of this content, in pieces of this size.
Bytes guarded(LineGuard& guard, ByteView content, std::size_t piece) {
  const Bytes filler = write_line_message({.kind = Kind::filler, .token = {7}});
  Bytes line;
  while (!content.empty()) {
    ByteView bytes = content.first(std::min(piece, content.size()));
    content = content.subspan(bytes.size());
    while (!bytes.empty()) {
      const std::size_t free = guard.follow(bytes);
      line.insert(line.end(), bytes.begin(), bytes.begin() + static_cast<long>(free));
      bytes = bytes.subspan(free);
      if (bytes.empty()) break;
      line.insert(line.end(), filler.begin(), filler.end());
      line.push_back(bytes[0]);
      bytes = bytes.subspan(1);
    }
  }
  return line;
}

TEST(LineGuard, SeparatesATildeFromTheBeginningOfALine) {
  const std::string_view text = "\n~.\r~.\r\n~~.~.a~.\n\n~?\n_=~\n";
  const Bytes content(text.begin(), text.end());
  for (std::size_t piece = 1; piece <= content.size(); ++piece) {
    LineGuard guard(LineGuard::Tilde::separated);
    const Bytes line = guarded(guard, content, piece);
    for (std::size_t i = 1; i < line.size(); ++i)
      EXPECT_FALSE(line[i] == '~' && (line[i - 1] == '\r' || line[i - 1] == '\n')) << piece;
    LineSplitter splitter;
    Heard heard;
    split(splitter, line, heard);
    EXPECT_EQ(heard.data, content) << piece;
    EXPECT_EQ(heard.messages.size(), 4U);
    LineGuard other;
    EXPECT_EQ(guarded(other, content, piece), content);
  }
}

Bytes over(const sim::Faults& faults, const Bytes& sweep, std::uint64_t seed = 1) {
  sim::FaultInjector line(faults, seed);
  Bytes heard;
  line.apply(sweep, heard);
  return heard;
}

TEST(LineSweep, OfACleanLineArrives) {
  ByteSet all;
  all.set();
  const Bytes sweep = make_sweep(all);
  EXPECT_LE(sweep.size(), kMaxSweep);
  EXPECT_EQ(arrived(sweep), ~unswept());
  EXPECT_TRUE(to_avoid(arrived(sweep)).none());
  for (unsigned value = 0; value < 256; ++value) {
    if (unswept()[value]) {
      EXPECT_EQ(std::ranges::count(sweep, static_cast<Byte>(value)), 0) << value;
    }
  }
  EXPECT_TRUE(unswept()[0x03] && unswept()[0x9C]);
  // A terminal that stops its output goes on at once.
  const auto stop = std::ranges::find(sweep, Byte{0x13});
  ASSERT_LT(stop - sweep.begin() + 3, std::ssize(sweep));
  EXPECT_EQ(stop[3], 0x11);
}

TEST(LineSweep, ShowsForEachValueWhatBecomesOfIt) {
  using Change = ByteChange::Kind;
  ByteSet all;
  all.set();
  for (unsigned value = 0; value < 256; ++value) {
    const auto byte = static_cast<Byte>(value);
    // Of the characters that tell the values, the line must carry all.
    const bool used =
        (value >= 'A' && value <= 'P') || (value >= 'a' && value <= 'p') || value == 'z' || value == 'Z';
    if (unswept()[value] || used) continue;
    ByteSet bad;
    bad.set(value);
    const Byte other = value == 0x40 ? 0x5E : 0x40;
    const std::vector<std::pair<Bytes, ByteChange>> cases = {
        {{}, {Change::lost, byte, 0}},
        {{other}, {Change::replaced, byte, other}},
        {{byte, byte}, {Change::extended, byte, byte}},
        {{other, byte}, {Change::extended, byte, other}}};
    for (const auto& [becomes, change] : cases) {
      sim::Faults faults;
      faults.alterations = {{byte, becomes}};
      const Bytes heard = over(faults, make_sweep(all));
      EXPECT_EQ(arrived(heard), ~(unswept() | bad)) << value;
      EXPECT_EQ(changes(heard, bad), std::vector{change}) << value;
    }
  }
}

TEST(LineSweep, OfSevenBitsIsRecognised) {
  ByteSet all;
  all.set();
  sim::Faults faults;
  faults.strip = true;
  faults.alterations = {{0x0D, {0x0A}}};
  const Bytes heard = over(faults, make_sweep(all));
  const ByteSet avoid = to_avoid(arrived(heard));
  EXPECT_EQ(changes(heard, avoid), (std::vector{ByteChange{ByteChange::Kind::seven_bits, 0x80, 0}}));
  EXPECT_EQ(coding_for(avoid)->mode, LineMode::printable);
}

TEST(LineSweep, WhereThereMayBeATerminalItsSignalsAreAvoided) {
  ByteSet good;
  good.set();
  good.reset(0x11);
  good.reset(0x13);
  EXPECT_EQ(to_avoid(good), ~good);
  good.reset(0x0D);
  EXPECT_TRUE(to_avoid(good)[0x03]);
  EXPECT_LE(to_avoid(good).count(), kMostEscaped);
}

TEST(LineSweep, AnyBytesCanBeExamined) {
  base::Prng random(3);
  const std::string_view filling = "ABZabzp\x01\xFF";
  ByteSet all;
  all.set();
  for (int round = 0; round < 500; ++round) {
    Bytes bytes;
    for (std::uint64_t n = random.below(60); n > 0; --n)
      bytes.push_back(static_cast<Byte>(filling[random.below(filling.size())]));
    const ByteSet good = arrived(bytes);
    EXPECT_LE(good.count(), bytes.size() / 3);
    EXPECT_LE(changes(bytes, all).size(), bytes.size());
  }
}

}  // namespace
}  // namespace serialtcp::wire
