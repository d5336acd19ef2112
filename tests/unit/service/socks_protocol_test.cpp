// What SOCKS clients send, byte for byte, at once and one byte at a time; and what no client should send.
#include "service/socks_protocol.h"

#include <gtest/gtest.h>

#include <string>

#include "hex.h"

namespace serialtcp::io {
namespace {

using State = SocksConversation::State;
using test::from_hex;
using test::to_hex;
using wire::Address;

struct Told {
  State state = State::talking;
  std::string reply;
  std::optional<ProxyRequest> request;
  SocksVersion version = SocksVersion::v5;
  std::string rest;
};

Told tell(const std::string& said, std::size_t at_once) {
  SocksConversation conversation;
  Told told;
  const Bytes bytes = from_hex(said);
  for (std::size_t i = 0; i < bytes.size(); i += at_once) {
    const ByteView piece = ByteView(bytes).subspan(i, std::min(at_once, bytes.size() - i));
    const auto heard = conversation.hear(piece);
    told.reply += to_hex(heard.reply);
    if (heard.state != State::talking) told.state = heard.state;
    if (heard.request) told.request = heard.request;
  }
  told.rest = to_hex(conversation.rest());
  told.version = conversation.version();
  return told;
}

/// Sends it at once and byte by byte, and expects the same result.
Told say(const std::string& said) {
  const Told whole = tell(said, said.size());
  const Told pieces = tell(said, 1);
  EXPECT_EQ(whole.state, pieces.state) << said;
  EXPECT_EQ(whole.reply, pieces.reply) << said;
  EXPECT_EQ(whole.rest, pieces.rest) << said;
  EXPECT_EQ(whole.request.has_value(), pieces.request.has_value()) << said;
  return whole;
}

void expect_request(const Told& told, SocksVersion version, ProxyRequest::Command command,
                    const Address& address) {
  ASSERT_EQ(told.state, State::asked);
  ASSERT_TRUE(told.request);
  EXPECT_EQ(told.version, version);
  EXPECT_EQ(told.request->command, command);
  EXPECT_EQ(told.request->address, address);
}

std::string text(std::string_view characters) {
  return to_hex(Bytes(characters.begin(), characters.end()));
}

TEST(Socks5, AsksForAnAddressOrANameToConnectTo) {
  const Told v4 =
      say("050100"
          "050100017f0000010050");
  EXPECT_EQ(v4.reply, "0500");
  expect_request(v4, SocksVersion::v5, ProxyRequest::Command::connect, {wire::Ipv4{127, 0, 0, 1}, 80});
  const Told name =
      say("05020200"
          "05010003"
          "04" +
          text("host") + "01bb");
  EXPECT_EQ(name.reply, "0500");
  expect_request(name, SocksVersion::v5, ProxyRequest::Command::connect, {"host", 443});
  const Told v6 =
      say("050100"
          "05010004"
          "00000000000000000000000000000001"
          "0016");
  wire::Ipv6 loopback{};
  loopback.back() = 1;
  expect_request(v6, SocksVersion::v5, ProxyRequest::Command::connect, {loopback, 22});
}

TEST(Socks5, AsksForDatagrams) {
  expect_request(say("050100"
                     "0503000100000000"
                     "0000"),
                 SocksVersion::v5, ProxyRequest::Command::datagrams, {});
}

TEST(Socks5, MaySayMoreBeforeItIsAnswered) {
  EXPECT_EQ(say("050100"
                "050100017f0000010050" +
                text("GET /"))
                .rest,
            text("GET /"));
}

TEST(Socks5, IsRefusedWhenItInsistsOnAuthentication) {
  const Told told = say("05020102");
  EXPECT_EQ(told.state, State::refused);
  EXPECT_EQ(told.reply, "05ff");
  EXPECT_EQ(say("0500").reply, "05ff");
}

TEST(Socks5, IsToldWhatIsNotSupported) {
  const std::string zeros = "0001000000000000";
  const auto refused = [](const std::string& request) {
    const Told told = say("050100" + request);
    EXPECT_EQ(told.state, State::refused) << request;
    return told.reply.substr(4);
  };
  EXPECT_EQ(refused("050200017f0000010050"), "0507" + zeros) << "BIND";
  EXPECT_EQ(refused("050900017f0000010050"), "0507" + zeros) << "no command at all";
  EXPECT_EQ(refused("050100057f0000010050"), "0508" + zeros) << "no type of address";
  EXPECT_EQ(refused("05010003000050"), "0501" + zeros) << "a name without characters";
  EXPECT_EQ(refused("05010003010a0050"), "0501" + zeros) << "a name that would forge a line of the log";
  EXPECT_EQ(refused("040100017f0000010050"), "0501" + zeros) << "the version changes its mind";
}

TEST(Socks4, AsksForAnAddressToConnectTo) {
  const Told told =
      say("04010050"
          "7f000001" +
          text("user") + "00" + text("more"));
  expect_request(told, SocksVersion::v4, ProxyRequest::Command::connect, {wire::Ipv4{127, 0, 0, 1}, 80});
  EXPECT_EQ(told.reply, "");
  EXPECT_EQ(told.rest, text("more"));
}

TEST(Socks4, AsksForANameBehindAnAddressThatIsNone) {
  const Told told =
      say("04010050"
          "00000001"
          "00" +
          text("host.example") + "00" + text("more"));
  expect_request(told, SocksVersion::v4, ProxyRequest::Command::connect, {"host.example", 80});
  EXPECT_EQ(told.rest, text("more"));
  expect_request(say("04010050"
                     "00000000"
                     "00"),
                 SocksVersion::v4, ProxyRequest::Command::connect, {wire::Ipv4{}, 80});
}

TEST(Socks4, IsRefusedWhatItCannotHave) {
  const std::string no = "005b000000000000";
  EXPECT_EQ(say("04020050"
                "7f000001"
                "00")
                .reply,
            no)
      << "BIND";
  EXPECT_EQ(say("04030050"
                "7f000001"
                "00")
                .reply,
            no)
      << "datagrams are of version 5";
  EXPECT_EQ(say("04010050"
                "00000001"
                "00"
                "00")
                .reply,
            no)
      << "a name without characters";
  EXPECT_EQ(say("04010050"
                "00000001"
                "00"
                "2000")
                .reply,
            no)
      << "a space is no name";
}

TEST(Socks4, IsNotHeardForEver) {
  const std::string head =
      "04010050"
      "00000001";
  const std::string longest = text(std::string(SocksConversation::kMaxText, 'x'));
  EXPECT_EQ(say(head + longest).state, State::talking);
  EXPECT_EQ(say(head + longest + text("x")).state, State::refused) << "a user without an end";
  EXPECT_EQ(say(head + "00" + longest).state, State::talking);
  EXPECT_EQ(say(head + "00" + longest + text("x")).state, State::refused) << "a name without an end";
  EXPECT_EQ(say(head + "00" + longest + "00").state, State::asked);
  // The same when all of it arrives at once.
  const std::string plain = "04010050c0000201";
  EXPECT_EQ(say(plain + longest + "00").state, State::asked);
  EXPECT_EQ(say(plain + longest + text("x") + "00").state, State::refused);
  EXPECT_EQ(say(head + "00" + longest + text("x") + "00").state, State::refused);
}

TEST(Socks, IsWhatBeginsWith4Or5) {
  for (const char* other : {"474554202f", "16030100", "00", "06"}) {
    const Told told = say(other);
    EXPECT_EQ(told.state, State::refused) << other;
    EXPECT_EQ(told.reply, "") << other;
  }
}

TEST(Socks, AnswersSayWhereTheConnectionComesFrom) {
  const Address v4{wire::Ipv4{10, 0, 0, 7}, 0x1234};
  wire::Ipv6 loopback{};
  loopback.back() = 1;
  const Address v6{loopback, 1};
  EXPECT_EQ(to_hex(socks_answer(SocksVersion::v5, SocksReply::granted, v4)), "050000010a0000071234");
  EXPECT_EQ(to_hex(socks_answer(SocksVersion::v5, SocksReply::granted, v6)),
            "05000004000000000000000000000000000000010001");
  EXPECT_EQ(to_hex(socks_answer(SocksVersion::v4, SocksReply::granted, v4)), "005a12340a000007");
  EXPECT_EQ(to_hex(socks_answer(SocksVersion::v4, SocksReply::granted, v6)), "005a000100000000");
  EXPECT_EQ(to_hex(socks_answer(SocksVersion::v4, SocksReply::refused)), "005b000000000000");
}

TEST(Socks, RepliesSayWhyAConnectFailed) {
  EXPECT_EQ(to_socks_reply(ResetReason::refused), SocksReply::refused);
  EXPECT_EQ(to_socks_reply(ResetReason::timed_out), SocksReply::timed_out);
  EXPECT_EQ(to_socks_reply(ResetReason::unreachable), SocksReply::host_unreachable);
  EXPECT_EQ(to_socks_reply(ResetReason::network_unreachable), SocksReply::network_unreachable);
  EXPECT_EQ(to_socks_reply(ResetReason::name_not_found), SocksReply::host_unreachable);
  EXPECT_EQ(to_socks_reply(ResetReason::not_allowed), SocksReply::not_allowed);
  for (const ResetReason other : {ResetReason::aborted, ResetReason::no_such_service,
                                  ResetReason::no_resources, ResetReason::failed, ResetReason::link_lost}) {
    EXPECT_EQ(to_socks_reply(other), SocksReply::failed);
  }
}

}  // namespace
}  // namespace serialtcp::io
