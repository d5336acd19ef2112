// What cannot work says so, and ends: lines that are loops, two ends that both give addresses, peers that reject what is
// needed, negotiations without end.
#include <gtest/gtest.h>

#include <functional>

#include "ppp/ppp_pair.h"
#include "ppp/stranger.h"

namespace serialtcp::ppp {
namespace {

using namespace test;
using serialtcp::test::from_hex;

TEST(PppConflicts, ALineThatIsALoopIsNamed) {
  PppPair pair(gateway(), device());
  pair.cable.set_echo(sim::Echo::on, pair.now);
  pair.run_for(seconds(60));
  EXPECT_NE(pair.all_texts(0).find("The line is a loop"), std::string::npos) << pair.all_texts(0);
  EXPECT_EQ(pair.texts[0].size(), 1U) << "said once";
  EXPECT_LE(pair.a().facts().sent, 60 / 5 * 14U);
  // And it works as soon as it is none.
  pair.cable.set_echo(sim::Echo::off, pair.now);
  EXPECT_TRUE(pair.run_until_up(seconds(12)));
}

TEST(PppConflicts, TwoThatGiveAddressesSaySo) {
  Config first = gateway(1), second = gateway(2);
  first.ipv6 = second.ipv6 = false;
  PppPair pair(first, second);
  EXPECT_FALSE(pair.run_until_up(seconds(60))) << "both would have the same address";
  for (const std::size_t end : {0U, 1U}) {
    EXPECT_NE(pair.all_texts(end).find("Two serialtcp face each other in PPP mode"), std::string::npos)
        << pair.all_texts(end);
    EXPECT_LE(pair.texts[end].size(), 3U) << pair.all_texts(end);
  }
}

TEST(PppConflicts, TwoThatGiveWhatTheOtherWantsWork) {
  Config other = gateway(2);
  std::swap(other.ours, other.peers);
  PppPair pair(gateway(1), other);
  EXPECT_TRUE(pair.run_until_up(seconds(1)));
}

TEST(PppConflicts, TwoThatAskGetAddressesThatNobodyElseHas) {
  for (std::uint64_t seed = 1; seed < 300; ++seed) {
    Config first = device(seed), second = device(seed + 1000);
    if (seed % 3 == 0) second.entropy[0] = first.entropy[0];
    first.asks_dns = second.asks_dns = false;
    PppPair pair(first, second);
    ASSERT_TRUE(pair.run_until_up(seconds(5))) << seed;
    const ip::LinkAddresses addresses = pair.a().addresses();
    EXPECT_EQ(addresses.ours & 0xFFFFFF00U, IpcpOptions::kSpares);
    EXPECT_EQ(addresses.peers & 0xFFFFFF00U, IpcpOptions::kSpares);
    EXPECT_NE(addresses.ours, addresses.peers);
    EXPECT_EQ(pair.b().addresses().ours, addresses.peers);
    EXPECT_EQ(pair.b().addresses().peers, addresses.ours);
  }
}

TEST(PppConflicts, APeerMayKeepItsAddressIfThatIsAllowed) {
  Config stubborn = device();
  stubborn.ours = 0xC0A80105;  // 192.168.1.5
  stubborn.ipv6 = false;
  Config host = gateway();
  {
    PppPair pair(host, stubborn);
    pair.run_for(seconds(3));
    EXPECT_FALSE(pair.a().is_up()) << "its packets would have an address that leads nowhere";
    EXPECT_NE(
        pair.all_texts(0).find("insists on the IP address 192.168.1.5, and this end gives it 10.0.2.15"),
        std::string::npos)
        << pair.all_texts(0);
    EXPECT_NE(pair.all_texts(1).find("has the IP address 192.168.1.5 and gives it 10.0.2.15"),
              std::string::npos)
        << pair.all_texts(1);
  }
  host.yields = true;
  PppPair pair(host, stubborn);
  ASSERT_TRUE(pair.run_until_up(seconds(1)));
  EXPECT_EQ(pair.a().addresses().peers, 0xC0A80105U);
  EXPECT_EQ(pair.a().addresses().ours, kGateway);
}

TEST(PppConflicts, AnAckOfNoAddressIsNoAddress) {
  Config config = device();
  config.ipv6 = false;
  Stranger stranger(config);
  stranger.open({});
  for (const auto& [protocol, bytes] : stranger.heard()) {
    if (protocol != protocol::kIpcp) continue;
    Bytes ack = bytes;
    ack[0] = code::kConfigureAck;
    stranger.say(protocol, ack);
    stranger.say(protocol, make_packet(code::kConfigureRequest, 1, from_hex("03060a000202")));
  }
  EXPECT_FALSE(stranger.link.is_up());
  EXPECT_EQ(stranger.texts(), "The other end gives no IP address, and this end has none: give it one.\n");
}

TEST(PppConflicts, OnlyIpv6IsEnoughIfThePeerHasNoIpv4) {
  Stranger stranger(gateway());
  stranger.open({});
  for (const auto& [protocol, bytes] : stranger.heard()) {
    if (protocol == protocol::kIpcp) {
      Bytes reject = number_bytes(protocol, 2);
      reject.insert(reject.end(), bytes.begin(), bytes.end());
      stranger.say(protocol::kLcp, make_packet(code::kProtocolReject, 1, reject));
    } else if (protocol == protocol::kIpv6cp) {
      Bytes ack = bytes;
      ack[0] = code::kConfigureAck;
      stranger.say(protocol, ack);
      Bytes options;
      append_option(ipv6cp_option::kInterfaceId, 0x1234, 8, options);
      stranger.say(protocol, make_packet(code::kConfigureRequest, 1, options));
    }
  }
  EXPECT_TRUE(stranger.link.is_up());
  EXPECT_EQ(stranger.link.addresses().peer_id, 0x1234U);
  EXPECT_EQ(stranger.link.addresses().ours, 0U);
  EXPECT_NE(stranger.texts().find("There is no IPv4: the other end rejects the protocol."),
            std::string::npos);
}

TEST(PppConflicts, WithoutAnyIpTheLinkEnds) {
  Config config = gateway();
  config.ipv6 = false;
  Stranger stranger(config);
  stranger.open({});
  for (const auto& [protocol, bytes] : stranger.heard()) {
    if (protocol != protocol::kIpcp) continue;
    Bytes reject = number_bytes(protocol, 2);
    reject.insert(reject.end(), bytes.begin(), bytes.end());
    stranger.say(protocol::kLcp, make_packet(code::kProtocolReject, 1, reject));
  }
  const auto heard = stranger.heard();
  ASSERT_FALSE(heard.empty());
  EXPECT_EQ(heard.back().second[0], code::kTerminateRequest);
}

/// A peer that answers each request, and each Ack, in the way that it always does.
void argue(Stranger& stranger, const std::function<Bytes(std::uint16_t, const Bytes&)>& answer, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    for (const auto& [protocol, bytes] : stranger.heard()) {
      const Bytes said = answer(protocol, bytes);
      if (!said.empty()) stranger.say(protocol, said);
    }
  }
}

TEST(PppConflicts, EndlessNaksEnd) {
  Config config = gateway();
  Stranger stranger(config);
  int requests = 0;
  argue(
      stranger,
      [&requests](std::uint16_t, const Bytes& bytes) -> Bytes {
        if (bytes[0] != code::kConfigureRequest) return {};
        ++requests;
        Bytes options;
        append_option(lcp_option::kMagic, 1, 4, options);
        return make_packet(code::kConfigureNak, bytes[1], options);
      },
      100);
  EXPECT_LE(requests, ControlProtocol::kMaxRounds + 2);
  EXPECT_NE(stranger.texts().find(
                "LCP came to no agreement: the other end wants another value of its magic number."),
            std::string::npos);
}

TEST(PppConflicts, EndlessRequestsEnd) {
  Stranger stranger(gateway());
  stranger.heard();
  int answers = 0;
  for (int i = 0; i < 100; ++i) {
    Bytes options;
    append_option(17, 1, 2, options);  // multilink
    stranger.say(protocol::kLcp, make_packet(code::kConfigureRequest, static_cast<Byte>(i), options));
    for (const auto& [protocol, bytes] : stranger.heard()) {
      if (bytes[0] == code::kConfigureReject) ++answers;
    }
  }
  EXPECT_LE(answers, ControlProtocol::kMaxRounds + 1);
  EXPECT_NE(stranger.texts().find("LCP came to no agreement: the other end insists on an unknown option."),
            std::string::npos);
}

TEST(PppConflicts, WhoInsistsOnAValueIsRejectedThen) {
  Stranger stranger(gateway());
  stranger.heard();
  Bytes options;
  append_option(lcp_option::kMru, 10, 2, options);
  for (int i = 0; i <= ControlProtocol::kMaxFailure; ++i) {
    stranger.say(protocol::kLcp, make_packet(code::kConfigureRequest, static_cast<Byte>(i), options));
    const auto heard = stranger.heard();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].second[0],
              i < ControlProtocol::kMaxFailure ? code::kConfigureNak : code::kConfigureReject);
  }
}

TEST(PppConflicts, NobodyThereIsAskedLessAndLess) {
  Stranger stranger(gateway());
  std::size_t requests = 0;
  const Time end = stranger.now + seconds(600);
  while (stranger.now < end) {
    requests += stranger.heard().size();
    stranger.now = std::min(end, stranger.link.deadline());
    stranger.link.tick(stranger.now);
  }
  EXPECT_LE(requests, 200U);
  EXPECT_GE(requests, 100U);
}

}  // namespace
}  // namespace serialtcp::ppp
