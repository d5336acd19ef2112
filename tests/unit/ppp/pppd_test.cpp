// What pppd 2.4.9 sends with various options, as bytes of the line, and what is answered. The frames are made here without
// the product's framing.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "hex.h"
#include "ppp/link.h"
#include "ppp/md5.h"
#include "ppp/ppp_pair.h"

namespace serialtcp::ppp {
namespace {

using namespace test;
using serialtcp::test::from_hex;
using serialtcp::test::to_hex;

unsigned check_of(ByteView bytes) {
  unsigned fcs = 0xFFFF;
  for (const Byte byte : bytes) {
    for (unsigned bit = 0; bit < 8; ++bit)
      fcs = (fcs >> 1U) ^ (((fcs ^ (byte >> bit)) & 1U) != 0 ? 0x8408U : 0U);
  }
  return fcs;
}

enum class Escape : std::uint8_t { controls, necessary };

/// A frame with these bytes between the flags.
Bytes wire(std::string_view hex, Escape escape) {
  Bytes inside = from_hex(hex);
  const unsigned fcs = ~check_of(inside);
  inside.push_back(static_cast<Byte>(fcs));
  inside.push_back(static_cast<Byte>(fcs >> 8U));
  Bytes line{0x7E};
  for (const Byte byte : inside) {
    const bool must = byte == 0x7D || byte == 0x7E || (byte < 0x20 && escape == Escape::controls);
    if (must) line.push_back(0x7D);
    line.push_back(must ? static_cast<Byte>(byte ^ 0x20) : byte);
  }
  line.push_back(0x7E);
  return line;
}

/// What stands between the flags of each frame, as hexadecimal text without the check value, which is right.
std::vector<std::string> frames_of(ByteView line) {
  std::vector<std::string> all;
  Bytes inside;
  bool escaped = false;
  for (const Byte byte : line) {
    if (byte == 0x7E) {
      if (!inside.empty()) {
        EXPECT_EQ(check_of(inside), 0xF0B8U);
        all.push_back(to_hex(ByteView(inside).first(inside.size() - 2)));
      }
      inside.clear();
    } else if (byte == 0x7D) {
      escaped = true;
    } else {
      inside.push_back(escaped ? byte ^ 0x20 : byte);
      escaped = false;
    }
  }
  return all;
}

struct Pppd : testing::Test {
  void start(const Config& config) { link = std::make_unique<PppLink>(config, now); }
  /// Both ends have the format that was agreed on: pppd's compressed, or not.
  std::vector<std::string> say(std::string_view hex, Escape escape = Escape::controls) {
    link->receive(wire(hex, escape), now);
    return heard();
  }
  std::vector<std::string> heard() {
    now += milliseconds(1);
    sent = link->transmit(1 << 20);
    return frames_of(sent);
  }
  /// Accepts the request of ours that is in `frames`, the last one of this protocol. pppd's Acks are escaped.
  std::vector<std::string> ack(const std::vector<std::string>& frames, std::string_view head) {
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
      if (!frame->starts_with(std::string(head) + "01")) continue;
      std::string answer = *frame;
      answer.replace(head.size(), 2, "02");
      return say(answer);
    }
    ADD_FAILURE() << "no request " << head;
    return {};
  }
  std::string texts() const {
    std::string all;
    while (const auto report = link->poll()) all += report->text;
    return all;
  }

  Time now = Time(seconds(1));
  std::unique_ptr<PppLink> link;
  Bytes sent;
};

Config gateway_without_ipv6() {
  Config config = gateway();
  config.ipv6 = false;
  return config;
}

TEST_F(Pppd, WithDefaultOptions) {
  start(gateway_without_ipv6());
  const auto first = heard();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].substr(0, 28),
            "ff03c021010100140206"
            "00000000");
  EXPECT_TRUE(first[0].ends_with("07020802"));
  for (const Byte byte : sent) EXPECT_GE(byte, 0x20) << "LCP is sent with all control characters escaped";

  auto got = say("ff03c021010100140206000000000506c0ffee1107020802");
  EXPECT_EQ(got, (std::vector<std::string>{"ff03c021020100140206000000000506c0ffee1107020802"}));
  got = ack(first, "ff03c021");
  // LCP is open: no address, and nothing is escaped that need not be.
  EXPECT_EQ(got, (std::vector<std::string>{"8021010100100206002d0f0103060a000202"}));
  EXPECT_NE(std::ranges::find(sent, 0x01), sent.end());

  // CCP is rejected by LCP, which is always sent in full.
  const auto rejected = say("80fd0101000f1a0478001804780015032f", Escape::necessary);
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].substr(0, 10), "ff03c02108");
  EXPECT_TRUE(rejected[0].ends_with("80fd0101000f1a0478001804780015032f"));
  for (const Byte byte : sent) EXPECT_GE(byte, 0x20);

  // pppd without an address, with usepeerdns.
  EXPECT_EQ(say("80210101001c0206002d0f01030600000000810600000000830600000000", Escape::necessary),
            (std::vector<std::string>{"80210301001603060a00020f81060a00020383060a000203"}));
  EXPECT_EQ(say("80210102001c0206002d0f0103060a00020f81060a00020383060a000203", Escape::necessary),
            (std::vector<std::string>{"80210202001c0206002d0f0103060a00020f81060a00020383060a000203"}));
  EXPECT_FALSE(link->is_up());
  EXPECT_TRUE(say("8021020100100206002d0f0103060a000202", Escape::necessary).empty());
  EXPECT_TRUE(link->is_up());
  EXPECT_EQ(link->addresses().peers, kDevice);
  EXPECT_EQ(link->addresses().mtu, 1500U);

  // lcp-echo-interval; and poff.
  const auto echo = say("ff03c02109000008c0ffee11");
  ASSERT_EQ(echo.size(), 1U);
  EXPECT_EQ(echo[0].substr(0, 16), "ff03c0210a000008");
  EXPECT_EQ(echo[0].substr(16), first[0].substr(32, 8)) << "our own magic number";
  EXPECT_EQ(say("ff03c0210502001055736572207265717565"
                "7374"),
            (std::vector<std::string>{"ff03c02106020004"}));
  EXPECT_FALSE(link->is_up());
  EXPECT_NE(texts().find("the other end ended it (\"User request\")"), std::string::npos);
}

TEST_F(Pppd, WithAllControlCharactersEscaped) {  // asyncmap ffffffff
  start(gateway_without_ipv6());
  const auto first = heard();
  say("ff03c02101010014"
      "0206ffffffff0506c0ffee1107020802");
  const auto got = ack(first, "ff03c021");
  EXPECT_EQ(got, (std::vector<std::string>{"8021010100100206002d0f0103060a000202"}));
  for (const Byte byte : sent) EXPECT_GE(byte, 0x20);
  EXPECT_EQ(link->facts().sends.map, 0xFFFFFFFFU);
}

TEST_F(Pppd, WithDefaultAsyncmap) {  // default-asyncmap: the option is left out, and rejected
  start(gateway_without_ipv6());
  const auto first = heard();
  const auto again =
      say("ff03c02104010"
          "00a020600000000");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].find("020600000000"), std::string::npos);
  say("ff03c0210101000e0506c0ffee1107020802");
  ack(again, "ff03c021");
  EXPECT_TRUE(link->facts().lcp);
  EXPECT_EQ(link->facts().sends.map, 0xFFFFFFFFU);
}

TEST_F(Pppd, WithoutCompression) {  // novj noccp nopcomp noaccomp
  start(gateway_without_ipv6());
  const auto first = heard();
  say("ff03c021010100100206000000000506c0ffee11");
  // Ours are rejected, too.
  auto got =
      say("ff03c02104010008"
          "07020802");
  EXPECT_EQ(got[0].substr(0, 16), "ff03c02101020010");
  got = ack(got, "ff03c021");
  EXPECT_EQ(got, (std::vector<std::string>{"ff038021010100100206002d0f0103060a000202"}));
  got = say("ff0380210401000a0206002d0f01");
  EXPECT_EQ(got, (std::vector<std::string>{"ff0380210102000a03060a000202"}));
  got = say("ff0380210101000a03060a00020f");
  EXPECT_EQ(got, (std::vector<std::string>{"ff0380210201000a03060a00020f"}));
  say("ff0380210202000a03060a000202");
  EXPECT_TRUE(link->is_up());
  EXPECT_FALSE(link->facts().compressed_headers_sent);
}

TEST_F(Pppd, WithASmallMru) {  // mru 296
  start(gateway_without_ipv6());
  const auto first = heard();
  EXPECT_EQ(say("ff03c021010100180104"
                "01280206000000000506c0ffee1107020802"),
            (std::vector<std::string>{"ff03c02102010018010401280206000000000506c0ffee1107020802"}));
  ack(first, "ff03c021");
  EXPECT_EQ(link->addresses().mtu, 296U);
}

TEST_F(Pppd, WithIpv6) {  // +ipv6
  start(gateway());
  const auto first = heard();
  say("ff03c021010100140206000000000506c0ffee1107020802");
  const auto network = ack(first, "ff03c021");
  ASSERT_EQ(network.size(), 2U);
  EXPECT_EQ(network[1].substr(0, 16), "80570101000e010a");
  EXPECT_EQ(say("80570101000e010ac8d1aa0000000001", Escape::necessary),
            (std::vector<std::string>{"80570201000e010ac8d1aa0000000001"}));
  ack(network, "8057");
  EXPECT_FALSE(link->is_up()) << "IPv4 is under way";
  say("80210101000a03060a00020f", Escape::necessary);
  ack(network, "8021");
  EXPECT_TRUE(link->is_up());
  EXPECT_EQ(link->addresses().peer_id, 0xC8D1AA0000000001U);
}

TEST_F(Pppd, ThatDemandsPap) {  // require-pap
  Config config = gateway_without_ipv6();
  config.login = Login{"anna", "s3cret"};
  start(config);
  const auto first = heard();
  EXPECT_EQ(say("ff03c02101010018"
                "0206000000000304c0230506c0ffee1107020802")
                .size(),
            1U);
  EXPECT_EQ(ack(first, "ff03c021"), (std::vector<std::string>{"c02301010010"
                                                              "04616e6e6106733363726574"}));
  EXPECT_EQ(say("c0230201000c074c6f67696e2061", Escape::necessary),
            (std::vector<std::string>{"8021010100100206002d0f0103060a000202"}));
}

TEST_F(Pppd, ThatDemandsChap) {  // require-chap
  Config config = gateway_without_ipv6();
  config.login = Login{"anna", "s3cret"};
  start(config);
  const auto first = heard();
  EXPECT_EQ(say("ff03c02101010019"
                "0206000000000305c223050506c0ffee1107020802")
                .size(),
            1U);
  EXPECT_TRUE(ack(first, "ff03c021").empty());
  const std::string challenge = "000102030405060708090a0b0c0d0e0f10";
  const Md5Digest digest =
      md5(from_hex("2a"
                   "733363726574" +
                   challenge));
  EXPECT_EQ(say("c223012a001b11" + challenge + "70657065" + "72", Escape::necessary),
            (std::vector<std::string>{"c223022a001910" + to_hex(digest) + "616e6e61"}));
  EXPECT_EQ(say("c223032a00084869"
                "2121",
                Escape::necessary),
            (std::vector<std::string>{"8021010100100206002d0f0103060a000202"}));
}

TEST_F(Pppd, AnswersTwiceToARequestThatWasRepeated) {
  start(gateway_without_ipv6());
  const auto first = heard();
  say("ff03c021010100140206000000000506c0ffee1107020802");
  const auto network = ack(first, "ff03c021");
  say("80210101000a03060a00020f", Escape::necessary);
  ack(network, "8021");
  ASSERT_TRUE(link->is_up());
  EXPECT_TRUE(ack(first, "ff03c021").empty()) << "by RFC 1661 alone, the link would begin anew";
  EXPECT_TRUE(ack(network, "8021").empty());
  EXPECT_TRUE(link->is_up());
}

TEST_F(Pppd, ThatStartsAgainWhileThisEndIsUp) {
  start(gateway_without_ipv6());
  const auto first = heard();
  say("ff03c021010100140206000000000506c0ffee1107020802");
  const auto network = ack(first, "ff03c021");
  say("80210101000a03060a00020f", Escape::necessary);
  ack(network, "8021");
  ASSERT_TRUE(link->is_up());
  const auto got = say("ff03c021010100140206000000000506c0ffee2207020802");
  ASSERT_EQ(got.size(), 2U) << "a request of ours, and the answer";
  EXPECT_EQ(got[0].substr(0, 10), "ff03c02101");
  EXPECT_NE(got[0], first[0]) << "another magic number";
  EXPECT_EQ(got[1], "ff03c021020100140206000000000506c0ffee2207020802");
  EXPECT_FALSE(link->is_up());
}

// lwIP and Zephyr leave out what they can from the first byte on, or escape nothing.
TEST_F(Pppd, AndWhatOthersSendIsUnderstood) {
  start(gateway_without_ipv6());
  heard();
  EXPECT_EQ(say("c0210101000e0506c0ffee1107020802", Escape::necessary),
            (std::vector<std::string>{"ff03c0210201000e0506c0ffee1107020802"}));
  // An unknown option is rejected, alone; callback, multilink and an endpoint discriminator.
  EXPECT_TRUE(say("ff03c021010200190506c0ffee110d0306110406401303010702").empty()) << "a wrong length";
  EXPECT_EQ(say("ff03c021010200160506c0ffee110d0306110406401303010702"),
            (std::vector<std::string>{"ff03c0210402000e0d030611040640130301"}));
}

}  // namespace
}  // namespace serialtcp::ppp
