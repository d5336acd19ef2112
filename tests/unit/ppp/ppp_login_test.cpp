// Logins between two ends of ours: PAP and CHAP, in one direction and in both, over bad lines; wrong ones, missing ones,
// and an attacker who lets this end answer its own challenge.
#include <gtest/gtest.h>

#include "ppp/md5.h"
#include "ppp/numbers.h"
#include "ppp/ppp_pair.h"
#include "ppp/stranger.h"

namespace serialtcp::ppp {
namespace {

using namespace test;

const Login kAnna{"anna", "s3cret"};
const Login kBert{"bert", "also secret"};

struct PppLogins : testing::Test {
  PppLogins() { first.accepts = {kBert, kAnna}; }
  Config first = gateway(), second = device();
};

TEST_F(PppLogins, ChapIsUsedAndTellsWhoItIs) {
  second.login = kAnna;
  PppPair pair(first, second);
  ASSERT_TRUE(pair.run_until_up(milliseconds(150))) << pair.all_texts(0) << pair.all_texts(1);
  EXPECT_EQ(pair.a().facts().peers_name, "anna");
}

TEST_F(PppLogins, BothMayDemandIt) {
  second.login = kAnna;
  first.login = kBert;
  second.accepts = {kBert};
  PppPair pair(first, second);
  ASSERT_TRUE(pair.run_until_up(milliseconds(150))) << pair.all_texts(0) << pair.all_texts(1);
  EXPECT_EQ(pair.a().facts().peers_name, "anna");
  EXPECT_EQ(pair.b().facts().peers_name, "bert");
}

TEST_F(PppLogins, AWrongPasswordIsNamedAtBothEndsAndNoDatagramPasses) {
  second.login = Login{"anna", "guess"};
  PppPair pair(first, second);
  EXPECT_FALSE(pair.run_until_up(seconds(60)));
  EXPECT_NE(pair.all_texts(0).find("has logged in as \"anna\", and name or password"), std::string::npos)
      << pair.all_texts(0);
  EXPECT_NE(pair.all_texts(1).find("refuses the login \"anna\""), std::string::npos) << pair.all_texts(1);
  // Each try takes a pause, so that nobody guesses many.
  EXPECT_LE(pair.a().facts().sent, 60 / 5 * 10U);
  EXPECT_TRUE(pair.ups[0].empty());
  EXPECT_TRUE(pair.ups[1].empty());
}

TEST_F(PppLogins, WrongPasswordsAreTriedMoreAndMoreSlowly) {
  Stranger stranger(first);
  Bytes response{16};
  response.resize(17);
  response.insert(response.end(), kAnna.name.begin(), kAnna.name.end());
  stranger.ack_requests();
  std::vector<Duration> pauses;
  for (int i = 0; i < 6; ++i) {
    stranger.say(protocol::kLcp, make_packet(code::kConfigureRequest, 1, {}));
    const auto heard = stranger.heard();
    ASSERT_FALSE(heard.empty());
    ASSERT_EQ(heard.back().first, protocol::kChap);
    stranger.say(protocol::kChap, make_packet(2, heard.back().second[1], response));
    const Time failed = stranger.now;
    bool begins = false;
    while (!begins && stranger.now < failed + seconds(200)) {
      stranger.now = std::max(stranger.link.deadline(), stranger.now + milliseconds(1));
      stranger.link.tick(stranger.now);
      for (const auto& [protocol, bytes] : stranger.heard()) {
        if (protocol != protocol::kLcp || bytes[0] != code::kConfigureRequest) continue;
        begins = true;
        Bytes ack = bytes;
        ack[0] = code::kConfigureAck;
        stranger.say(protocol, ack);
      }
    }
    ASSERT_TRUE(begins) << i;
    pauses.push_back(stranger.now - failed);
  }
  EXPECT_EQ(pauses, (std::vector<Duration>{seconds(5), seconds(10), seconds(20), seconds(40), seconds(60),
                                           seconds(60)}));
}

TEST_F(PppLogins, WhoHasLoggedInIsSaid) {
  second.login = kAnna;
  PppPair pair(first, second);
  ASSERT_TRUE(pair.run_until_up(milliseconds(150)));
  EXPECT_NE(pair.all_texts(0).find("The other end has logged in as \"anna\"."), std::string::npos)
      << pair.all_texts(0);
}

TEST_F(PppLogins, AnUnknownNameIsNoDifferent) {
  second.login = Login{"eve", "s3cret"};
  PppPair pair(first, second);
  EXPECT_FALSE(pair.run_until_up(seconds(20)));
  EXPECT_NE(pair.all_texts(0).find("\"eve\""), std::string::npos) << pair.all_texts(0);
}

TEST_F(PppLogins, WhoHasNoneIsToldSo) {
  PppPair pair(first, second);
  EXPECT_FALSE(pair.run_until_up(seconds(60)));
  EXPECT_NE(pair.all_texts(0).find("refuses to say who it is"), std::string::npos) << pair.all_texts(0);
  EXPECT_NE(pair.all_texts(1).find("demands a name and a password"), std::string::npos) << pair.all_texts(1);
  EXPECT_TRUE(pair.ups[0].empty());
}

TEST_F(PppLogins, LoginsSurviveBadLines) {
  second.login = kAnna;
  first.login = kBert;
  second.accepts = {kBert};
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    sim::CableConfig cable;
    cable.faults.ber = 2e-4;
    cable.faults.drop = 2e-3;
    PppPair pair(first, second, cable, seed);
    ASSERT_TRUE(pair.run_until_up(seconds(120))) << "seed " << seed << pair.all_texts(0) << pair.all_texts(1);
    EXPECT_EQ(pair.a().facts().peers_name, "anna");
  }
}

TEST_F(PppLogins, ChapDemandsTheSecretAndRepeatsItsAnswer) {
  Stranger stranger(first);
  stranger.open({});
  auto heard = stranger.heard();
  ASSERT_EQ(heard.back().first, protocol::kChap);
  const Bytes challenge = heard.back().second;
  ASSERT_EQ(challenge[0], 1);
  ASSERT_EQ(challenge[4], 16);
  Bytes message{challenge[1]};
  message.insert(message.end(), kAnna.secret.begin(), kAnna.secret.end());
  message.insert(message.end(), challenge.begin() + 5, challenge.begin() + 21);
  const Md5Digest digest = md5(message);
  Bytes data{16};
  data.insert(data.end(), digest.begin(), digest.end());
  data.insert(data.end(), kAnna.name.begin(), kAnna.name.end());
  const auto answer_to = [&stranger](Byte id, const Bytes& response) -> int {
    stranger.say(protocol::kChap, make_packet(2, id, response));
    for (const auto& [protocol, bytes] : stranger.heard()) {
      if (protocol == protocol::kChap) return bytes[0];
    }
    return 0;
  };
  // IPCP in front of the proof is not heard.
  stranger.say(protocol::kIpcp, make_packet(code::kConfigureRequest, 1, {}));
  EXPECT_TRUE(stranger.heard().empty());
  EXPECT_EQ(answer_to(static_cast<Byte>(challenge[1] + 1), data), 0) << "the answer to another challenge";
  EXPECT_EQ(answer_to(challenge[1], {16, 1, 2}), 0) << "cut";
  EXPECT_EQ(answer_to(challenge[1], data), 3);
  // RFC 1994: the same answer again, whatever it says, so that nobody can try names.
  data[3] ^= 1U;
  EXPECT_EQ(answer_to(challenge[1], data), 3);
}

TEST_F(PppLogins, OurOwnChallengeIsNotAnswered) {
  first.accepts = {kAnna};
  first.login = kAnna;  // the same secret in both directions, which RFC 1994 warns of
  Stranger stranger(first);
  Bytes options;
  append_option(lcp_option::kAuthentication, Bytes{0xC2, 0x23, 5}, options);
  stranger.open(options);
  const auto heard = stranger.heard();
  ASSERT_EQ(heard.back().first, protocol::kChap);
  stranger.say(protocol::kChap, heard.back().second);
  EXPECT_TRUE(stranger.heard().empty());
  Bytes other = heard.back().second;
  other[5] ^= 1U;
  stranger.say(protocol::kChap, other);
  EXPECT_EQ(stranger.heard().size(), 1U);
}

TEST_F(PppLogins, ChallengesAreNeverTheSame) {
  std::vector<Bytes> challenges;
  Stranger stranger(first);
  for (int i = 0; i < 20; ++i) {
    stranger.say(protocol::kLcp, make_packet(code::kConfigureRequest, 1, {}));
    stranger.ack_requests();
    for (const auto& [protocol, bytes] : stranger.heard()) {
      if (protocol != protocol::kChap) continue;
      const Bytes challenge(bytes.begin() + 5, bytes.begin() + 21);
      EXPECT_EQ(std::ranges::find(challenges, challenge), challenges.end());
      challenges.push_back(challenge);
    }
  }
  EXPECT_EQ(challenges.size(), 20U);
}

struct PppPapLogins : PppLogins {
  /// A peer that knows nothing but PAP.
  void refuse_chap(Stranger& stranger) {
    auto heard = stranger.heard();
    ASSERT_EQ(heard.size(), 1U);
    Bytes nak;
    append_option(lcp_option::kAuthentication, Bytes{0xC0, 0x23}, nak);
    stranger.say(protocol::kLcp, make_packet(code::kConfigureNak, heard[0].second[1], nak));
  }
  static Bytes request(const std::string& name, const std::string& secret) {
    Bytes data{static_cast<Byte>(name.size())};
    data.insert(data.end(), name.begin(), name.end());
    data.push_back(static_cast<Byte>(secret.size()));
    data.insert(data.end(), secret.begin(), secret.end());
    return make_packet(1, 7, data);
  }
};

TEST_F(PppPapLogins, APeerWithoutChapMayUsePap) {
  Stranger stranger(first);
  refuse_chap(stranger);
  stranger.open({});
  stranger.heard();
  stranger.say(protocol::kPap, request("anna", "s3cret"));
  auto heard = stranger.heard();
  ASSERT_GE(heard.size(), 2U);
  EXPECT_EQ(heard[0], (std::pair{protocol::kPap, make_packet(2, 7, Bytes{0})}));
  EXPECT_EQ(heard[1].first, protocol::kIpcp);
  // The answer was lost.
  stranger.say(protocol::kPap, request("anna", "s3cret"));
  heard = stranger.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].second[0], 2);
}

TEST_F(PppPapLogins, AWrongOneIsRefused) {
  for (const auto& [name, secret] :
       {std::pair{"anna", "s3cre"}, {"anna", "s3crets"}, {"ann", "s3cret"}, {"", ""}}) {
    Stranger stranger(first);
    refuse_chap(stranger);
    stranger.open({});
    stranger.heard();
    stranger.say(protocol::kPap, request(name, secret));
    const auto heard = stranger.heard();
    ASSERT_EQ(heard.size(), 2U) << name;
    EXPECT_EQ(heard[0].second[0], 3);
    EXPECT_EQ(heard[1].second[0], code::kTerminateRequest);
  }
}

TEST_F(PppPapLogins, WithoutItNothingGoesOn) {
  first.pap = false;
  Stranger stranger(first);
  refuse_chap(stranger);
  for (const auto& [protocol, bytes] : stranger.heard()) {
    ASSERT_EQ(bytes[0], code::kConfigureRequest);
    const auto options = parse_options(ByteView(bytes).subspan(4));
    ASSERT_TRUE(options);
    for (const Option& option : *options) {
      if (option.type != lcp_option::kAuthentication) continue;
      EXPECT_EQ(option.value.size(), 3U) << "still CHAP";
    }
  }
}

TEST_F(PppPapLogins, ThisEndLogsInByPap) {
  Config config = device();
  config.login = kAnna;
  Stranger stranger(config);
  Bytes options;
  append_option(lcp_option::kAuthentication, Bytes{0xC0, 0x23}, options);
  stranger.open(options);
  const auto heard = stranger.heard();
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].second[0], code::kConfigureAck);
  Bytes wanted = request("anna", "s3cret");
  wanted[1] = heard[1].second[1];
  EXPECT_EQ(heard[1], (std::pair{protocol::kPap, wanted}));
  stranger.say(protocol::kPap, make_packet(2, wanted[1], Bytes{0}));
  const auto after = stranger.heard();
  ASSERT_FALSE(after.empty());
  EXPECT_EQ(after[0].first, protocol::kIpcp);
}

TEST_F(PppPapLogins, MsChapIsAnsweredWithChap) {
  Config config = device();
  config.login = kAnna;
  Stranger stranger(config);
  Bytes options;
  append_option(lcp_option::kAuthentication, Bytes{0xC2, 0x23, 0x81}, options);
  stranger.open(options);
  const auto heard = stranger.heard();
  ASSERT_EQ(heard.size(), 1U);
  Bytes nak;
  append_option(lcp_option::kAuthentication, Bytes{0xC2, 0x23, 5}, nak);
  EXPECT_EQ(heard[0].second, make_packet(code::kConfigureNak, 1, nak));
}

TEST_F(PppLogins, WhoSaysNothingIsSentAwayInTime) {
  first.echo_after = Duration::zero();
  Stranger stranger(first);
  stranger.open({});
  stranger.heard();
  const Time start = stranger.now;
  bool ended = false;
  while (!ended && stranger.now < start + seconds(60)) {
    stranger.now = std::min(stranger.link.deadline(), stranger.now + seconds(1));
    stranger.link.tick(stranger.now);
    for (const auto& [protocol, bytes] : stranger.heard()) {
      if (protocol == protocol::kLcp && bytes[0] == code::kTerminateRequest) ended = true;
    }
  }
  EXPECT_TRUE(ended);
  EXPECT_LE(stranger.now - start, limits::kLoginTime + seconds(1));
}

}  // namespace
}  // namespace serialtcp::ppp
