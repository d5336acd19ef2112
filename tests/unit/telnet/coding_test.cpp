// The bytes of telnet, in all pieces that a stream can be cut into.
#include "telnet/coding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace serialtcp::telnet {
namespace {

/// What a parser makes of it, as text: "d:hex n:verb,option s:option,hex c:verb".
struct Reading {
  Bytes data;
  std::vector<std::string> commands;
  bool operator==(const Reading&) const = default;
};

void read_on(Parser& parser, ByteView bytes, Reading& reading) {
  using Kind = Parser::Item::Kind;
  while (const auto item = parser.next(bytes)) {
    if (item->kind == Kind::data) {
      reading.data.insert(reading.data.end(), item->bytes.begin(), item->bytes.end());
      continue;
    }
    std::string text = std::to_string(int(item->kind)) + ":" + std::to_string(item->verb) + "," +
                       std::to_string(item->option);
    for (const Byte byte : item->bytes) text += " " + std::to_string(byte);
    reading.commands.push_back(text + " after " + std::to_string(reading.data.size()));
  }
}

Reading read(ByteView bytes, Mode mode = Mode::text) {
  Parser parser;
  parser.set_mode(mode);
  Reading reading;
  read_on(parser, bytes, reading);
  return reading;
}

Bytes coded(ByteView data, Mode mode) {
  Bytes out;
  append_data(data, mode, out);
  return out;
}

TEST(TelnetCoding, DoublesIacAndPadsCrUnlessBinary) {
  const Bytes data{0x0D, 0xFF, 0x0A, 0x0D, 0x0A, 0x00};
  EXPECT_EQ(coded(data, Mode::binary), (Bytes{0x0D, 0xFF, 0xFF, 0x0A, 0x0D, 0x0A, 0x00}));
  EXPECT_EQ(coded(data, Mode::text), (Bytes{0x0D, 0x00, 0xFF, 0xFF, 0x0A, 0x0D, 0x00, 0x0A, 0x00}));
}

TEST(TelnetCoding, EveryPairOfBytesArrivesInBothModes) {
  for (const Mode mode : {Mode::text, Mode::binary}) {
    for (unsigned pair = 0; pair < 0x10000; ++pair) {
      const Bytes data{static_cast<Byte>(pair >> 8), static_cast<Byte>(pair)};
      ASSERT_EQ(read(coded(data, mode), mode).data, data) << pair;
    }
  }
}

TEST(TelnetCoding, ItDoesNotMatterHowTheStreamIsCut) {
  Bytes stream;
  append_data(Bytes{'a', 0x0D, 0xFF}, Mode::text, stream);
  append_negotiation(kWill, option::kBinary, stream);
  stream.push_back(0x0D);
  append_negotiation(kDo, 200, stream);  // between a CR and its NUL
  stream.push_back(0x00);
  append_subnegotiation(option::kComPort, Bytes{101, 0, 0xFF, 0xFF, 13}, stream);
  for (const Byte byte : {kIac, Byte{241}, kIac, kSb, Byte{9}, Byte{8}, kIac, kDont, Byte{7}})
    stream.push_back(byte);
  append_data(Bytes{0x0D, 0x0A, 'z'}, Mode::text, stream);
  const Reading whole = read(stream);
  EXPECT_EQ(whole.data, (Bytes{'a', 0x0D, 0xFF, 0x0D, 0x0D, 0x0A, 'z'}));
  ASSERT_EQ(whole.commands.size(), 5U)
      << "two negotiations, a subnegotiation, NOP, and one that ends another's";
  EXPECT_EQ(whole.commands[4], "1:254,7 after 4");
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      Parser parser;
      Reading pieces;
      const ByteView bytes(stream);
      read_on(parser, bytes.first(first), pieces);
      read_on(parser, bytes.subspan(first, second - first), pieces);
      read_on(parser, bytes.subspan(second), pieces);
      ASSERT_EQ(pieces, whole) << first << " " << second;
    }
  }
}

TEST(TelnetCoding, ALongSubnegotiationIsSkippedAndTheRestIsUnderstood) {
  for (const std::size_t size : {Parser::kMaxSubnegotiation, Parser::kMaxSubnegotiation + 1}) {
    Bytes stream;
    append_subnegotiation(1, Bytes(size, 'x'), stream);
    stream.push_back('y');
    const Reading reading = read(stream);
    EXPECT_EQ(reading.commands.size(), size > Parser::kMaxSubnegotiation ? 0U : 1U);
    EXPECT_EQ(reading.data, Bytes{'y'});
  }
}

TEST(TelnetCoding, ASubnegotiationWithoutAnEndIsNoticed) {
  Bytes stream{kIac, kSb, 1};
  stream.resize(3 + Parser::kMaxSkipped, 'x');
  EXPECT_TRUE(read(stream).commands.empty());
  stream.push_back('x');
  const Reading reading = read(stream);
  ASSERT_EQ(reading.commands.size(), 1U);
  EXPECT_EQ(reading.commands[0].substr(0, 2), std::to_string(int(Parser::Item::Kind::endless)) + ":");
}

TEST(TelnetCoding, AServerThatDoesNotPadCrIsRecognizedByOne) {
  Parser parser;
  Reading reading;
  read_on(parser, Bytes{0x0D, 0x00, 0x0D, 0x0A}, reading);
  EXPECT_FALSE(parser.sends_bare_cr());
  read_on(parser, Bytes{0x0D, 'x', 0x0D, 0x00}, reading);
  EXPECT_TRUE(parser.sends_bare_cr());
  EXPECT_EQ(reading.data, (Bytes{0x0D, 0x0D, 0x0A, 0x0D, 'x', 0x0D, 0x00}));
}

TEST(TelnetCoding, AServerThatDoesNotDoubleIacIsRecognizedByOne) {
  const Bytes stream{'a', kIac, 'b', kIac, kIac, kIac, kDo, 1, 0x0D, 0x00, kIac, kSb};
  for (const std::size_t piece : {std::size_t{1}, stream.size()}) {
    Parser parser;
    Reading reading;
    for (std::size_t at = 0; at < stream.size(); at += piece)
      read_on(parser,
              Bytes(stream.begin() + static_cast<std::ptrdiff_t>(at),
                    stream.begin() + static_cast<std::ptrdiff_t>(at + piece)),
              reading);
    EXPECT_TRUE(parser.sends_bare_iac());
    EXPECT_EQ(reading.data, stream);
    EXPECT_TRUE(reading.commands.empty());
  }
}

TEST(TelnetCoding, WhatLooksLikeASubnegotiationOfSuchAServerEnds) {
  const Reading reading = read(Bytes{kIac, kSb, 'a', 'b', kIac, 'c', kIac, kIac, 'd'});
  EXPECT_EQ(reading.data, (Bytes{kIac, 'c', kIac, kIac, 'd'}));
}

TEST(TelnetCoding, EveryCommandIsOne) {
  for (int byte = kFirstCommand; byte <= 0xFF; ++byte) {
    Parser parser;
    Reading reading;
    read_on(parser, Bytes{kIac, static_cast<Byte>(byte)}, reading);
    EXPECT_FALSE(parser.sends_bare_iac()) << byte;
  }
}

TEST(TelnetCoding, ACrBeforeBinaryBeginsHasNoPadding) {
  Parser parser;
  Reading reading;
  read_on(parser, Bytes{0x0D}, reading);
  parser.set_mode(Mode::binary);
  read_on(parser, Bytes{0x00}, reading);
  EXPECT_EQ(reading.data, (Bytes{0x0D, 0x00}));
}

}  // namespace
}  // namespace serialtcp::telnet
