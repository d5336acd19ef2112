// The texts of the log.
#include "cli/messages.h"

#include <gtest/gtest.h>

#include "os/error_text.h"
#include "os/text.h"
#include "port/line_factory.h"
#include "port/port_text_posix.h"

namespace serialtcp::cli {
namespace {

constexpr std::string_view kOriginal =
    "WARNING: Misconfiguration or echo detected. One side should use --client, the other should use "
    "--server.";

TEST(Messages, SayWhatThePeerHasAnnounced) {
  EXPECT_EQ(peer_services_message({}), "the other end offers nothing, and listens for nothing");
  EXPECT_EQ(peer_services_message({.offered = {"", "web"}, .wanted = {"a"}, .datagrams_offered = {"dns"}}),
            "the other end offers the service without a name, 'web', UDP for 'dns', and listens for 'a'");
}

TEST(Messages, EchoAndEqualRolesBeginWithTheOriginalsWords) {
  for (const auto trouble : {LineTrouble::echo, LineTrouble::both_servers, LineTrouble::both_clients}) {
    const std::string text = trouble_message(trouble, Role::server, "/dev/ttyS0");
    EXPECT_EQ(text.substr(0, kOriginal.size()), kOriginal);
    EXPECT_GT(text.size(), kOriginal.size()) << "and say more";
  }
}

TEST(Messages, AnEchoBesideAPeerSaysNothingOfRolesThatWouldHaveToChange) {
  const std::string text = trouble_message(LineTrouble::echo_beside_peer, Role::server, "/dev/ttyS0");
  EXPECT_EQ(text.find("--server"), std::string::npos) << text;
  EXPECT_EQ(text.find("--client"), std::string::npos) << text;
  EXPECT_NE(text.find("The roles of the ends are right"), std::string::npos) << text;
  EXPECT_NE(text.find("/dev/ttyS0"), std::string::npos) << text;
}

TEST(Messages, EachTroubleSaysWhatItIs) {
  const auto says = [](LineTrouble trouble, Role role, std::string_view what) {
    const std::string text = trouble_message(trouble, role, "/dev/ttyS0");
    EXPECT_EQ(text.find('\n'), std::string::npos);
    return text.find(what) != std::string::npos;
  };
  EXPECT_TRUE(says(LineTrouble::echo, Role::server, "loopback plug"));
  EXPECT_TRUE(says(LineTrouble::both_servers, Role::server, "Both ends use only --server"));
  EXPECT_TRUE(says(LineTrouble::both_clients, Role::client, "Both ends use only --client"));
  EXPECT_TRUE(says(LineTrouble::garbled, Role::client, "different baud rate"));
  EXPECT_TRUE(says(LineTrouble::garbled, Role::client, "/dev/ttyS0"));
  EXPECT_TRUE(says(LineTrouble::text, Role::client, "start serialtcp --server there"));
  EXPECT_TRUE(says(LineTrouble::text, Role::server, "start serialtcp --client there"));
  EXPECT_TRUE(says(LineTrouble::incompatible, Role::client, "another version"));
}

TEST(Messages, AByteThatTheLineDoesNotCarryIsNamedWithTheUsualCause) {
  using Kind = ByteChange::Kind;
  const auto text = [](const ByteChange& change) { return byte_change_message(change, "/dev/ttyS0"); };
  EXPECT_EQ(
      text({Kind::lost, 0x13, 0}),
      "WARNING: /dev/ttyS0 is not 8-bit clean: byte 0x13 never arrives. Frames with such bytes are lost, unless both "
      "ends are of 2.1 or later: these avoid them from the next link on. Usually software flow control (XON/XOFF) is on in a port or device on the way: disable it there (stty "
      "-ixon -ixoff; no --xonxoff)");
  const auto says = [&](const ByteChange& change, std::string_view what, std::string_view why) {
    return text(change).find(what) != std::string::npos && text(change).find(why) != std::string::npos;
  };
  EXPECT_TRUE(says({Kind::extended, 0x0A, 0x0D}, "an extra 0x0d always arrives beside byte 0x0a", "onlcr"));
  EXPECT_TRUE(says({Kind::replaced, 0x0D, 0x0A}, "byte 0x0d always arrives as 0x0a", "icrnl"));
  EXPECT_TRUE(says({Kind::extended, 0xFF, 0xFF}, "byte 0xff always arrives twice", "parmrk"));
  EXPECT_TRUE(says({Kind::seven_bits, 0x80, 0}, "the highest bit", "7 data bits"));
  EXPECT_TRUE(says({Kind::lost, 0x1A, 0}, "byte 0x1a never arrives", "raw mode"));
}

TEST(Messages, KeysThatDoNotFitAreToldWithWhatToDo) {
  const auto text = [](LineTrouble trouble) { return trouble_message(trouble, Role::server, "/dev/ttyS0"); };
  EXPECT_NE(text(LineTrouble::peer_has_no_key).find("start the other end with --key"), std::string::npos);
  EXPECT_NE(text(LineTrouble::peer_needs_key).find("start this end with --key"), std::string::npos);
  EXPECT_NE(text(LineTrouble::key_differs).find("copy the key file"), std::string::npos);
}

TEST(Messages, ASealedLinkIsCalledSo) {
  EXPECT_EQ(link_up_message("/dev/ttyS0", {{}, Protocol::own, PeerVersion::v2_1_or_later}, Sealed::yes),
            "link ok on /dev/ttyS0, sealed with the shared key; the other end is serialtcp 2.1 or later");
}

TEST(Messages, ALinkSaysWhatTheOtherEndIs) {
  EXPECT_EQ(link_up_message("X", {{}, Protocol::own, PeerVersion::v2_0}),
            "link ok on X; the other end is serialtcp 2.0");
  EXPECT_TRUE(link_up_message("X", {{}, Protocol::original, PeerVersion::original})
                  .starts_with("link ok on X, in the original serialtcp's protocol"));
}

TEST(Messages, ALostLineSaysWhatBecomesOfConnections) {
  EXPECT_EQ(line_lost_message("ttyUSB0", "it was unplugged", std::chrono::seconds(300)),
            "lost ttyUSB0: it was unplugged; connections continue if it returns within 300 s");
  EXPECT_EQ(line_lost_message("x", "gone", Duration{}), "lost x: gone; connections are reset");
  EXPECT_EQ(line_lost_message("x", "gone", kForever), "lost x: gone; connections continue when it returns");
}

TEST(Messages, ServicesThatMatchAreNotSpokenOf) {
  EXPECT_TRUE(service_messages({.offered = {"", "web"}, .wanted = {"db"}},
                               {.offered = {"db", "more"}, .wanted = {"web", "", "more"}})
                  .empty());
}

TEST(Messages, ServicesWithoutAMatchAreNamedWithWhatToDo) {
  const auto messages =
      service_messages({.offered = {"", "x"}, .wanted = {"web", "", "db"}}, {.offered = {"db"}});
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(
      messages[0],
      "the other end does not offer 'web', the service without a name: connections here are reset until it "
      "is started with --client web=HOST:PORT");
  EXPECT_EQ(
      messages[1],
      "nobody at the other end listens for the service without a name, 'x': to use it, start it there with "
      "--server PORT");
}

TEST(Messages, AServiceThatIsUdpAtOneEndOnlyIsNamedAtBoth) {
  const ServiceNames udp{.datagrams_wanted = {"dns"}};
  const ServiceNames tcp{.offered = {"dns"}};
  EXPECT_EQ(service_messages(udp, tcp),
            std::vector<std::string>{
                "the other end does not offer UDP for 'dns': datagrams here are dropped until it "
                "is started with --client dns=udp:HOST:PORT"});
  EXPECT_EQ(
      service_messages(tcp, udp),
      std::vector<std::string>{"nobody at the other end listens for 'dns': to use it, start it there with "
                               "--server dns=PORT"});
  EXPECT_EQ(service_messages({.datagrams_offered = {"dns"}}, {}),
            std::vector<std::string>{
                "nobody at the other end listens on UDP for 'dns': to use it, start it there with "
                "--server dns=udp:PORT"});
  EXPECT_TRUE(service_messages(udp, {.datagrams_offered = {"dns"}}).empty());
  EXPECT_EQ(original_service_messages(udp),
            std::vector<std::string>{
                "WARNING: the original's protocol does not support UDP: datagrams are dropped"});
}

TEST(Messages, TheOriginalReachesOnlyTheServiceWithoutAName) {
  EXPECT_TRUE(original_service_messages({.offered = {""}, .wanted = {}}).empty());
  EXPECT_EQ(
      original_service_messages({.offered = {"", "a"}, .wanted = {"b"}}),
      std::vector<std::string>{"WARNING: the original's protocol has only the service without a name: 'a', "
                               "'b' cannot be reached"});
}

TEST(Messages, ReceivedChunksAreShownAsHexAndText) {
  const Bytes bytes = {0x1f, 0x44, 'h', 'i', 0x0a};
  EXPECT_EQ(received_message(bytes), "received 5 bytes: 1f 44 68 69 0a |.Dhi.|");
  EXPECT_EQ(received_message(ByteView(bytes).first(1)), "received 1 byte: 1f |.|");
}

TEST(Messages, OfLongChunksTheBeginningIsShown) {
  const std::string text = received_message(Bytes(60000, 'x'));
  EXPECT_EQ(text.substr(0, 21), "received 60000 bytes:");
  EXPECT_LT(text.size(), 200U);
  EXPECT_EQ(text.substr(text.size() - 4), "|...");
}

TEST(Text, SizesAreDecimalWithTwoDigits) {
  EXPECT_EQ(io::format_size(0), "0 B");
  EXPECT_EQ(io::format_size(999), "999 B");
  EXPECT_EQ(io::format_size(1000), "1.0 kB");
  EXPECT_EQ(io::format_size(1234), "1.2 kB");
  EXPECT_EQ(io::format_size(9999), "10 kB");
  EXPECT_EQ(io::format_size(999'600), "1.0 MB");
  EXPECT_EQ(io::format_size(34'000'000), "34 MB");
  EXPECT_EQ(io::format_size(5'000'000'000'000'000), "5000 TB");
}

TEST(ErrorText, ConnectErrorsBecomeReasons) {
  EXPECT_EQ(io::connect_reason(ECONNREFUSED), ResetReason::refused);
  EXPECT_EQ(io::connect_reason(ETIMEDOUT), ResetReason::timed_out);
  EXPECT_EQ(io::connect_reason(EHOSTUNREACH), ResetReason::unreachable);
  EXPECT_EQ(io::connect_reason(ENETUNREACH), ResetReason::network_unreachable);
  EXPECT_EQ(io::connect_reason(EACCES), ResetReason::not_allowed);
  EXPECT_EQ(io::connect_reason(EPERM), ResetReason::not_allowed);
  EXPECT_EQ(io::connect_reason(EMFILE), ResetReason::no_resources);
  EXPECT_EQ(io::connect_reason(EADDRNOTAVAIL), ResetReason::no_resources);
  EXPECT_EQ(io::connect_reason(ECONNRESET), ResetReason::failed);
}

TEST(Messages, ASilentPeerIsToldWithWhatBecomesOfConnections) {
  using namespace std::chrono_literals;
  EXPECT_EQ(
      peer_silent_message("/dev/ttyUSB0", 9s, 2, 300s),
      "nothing heard from the other end of /dev/ttyUSB0 for 9 s: 2 connections are kept for another 4 min");
  EXPECT_EQ(
      peer_silent_message("/dev/ttyUSB0", 200s, 1, 300s),
      "nothing heard from the other end of /dev/ttyUSB0 for 3 min: 1 connection is kept for another 100 s");
  EXPECT_EQ(peer_silent_message("X", 9s, 1, 0s),
            "nothing heard from the other end of X for 9 s: 1 connection is reset soon");
  EXPECT_EQ(peer_silent_message("X", 9s, 1, kForever),
            "nothing heard from the other end of X for 9 s: 1 connection is kept until it answers");
}

TEST(Messages, ClientsThatWaitForASilentPeerAreToldSo) {
  using namespace std::chrono_literals;
  EXPECT_EQ(peer_silent_message("X", 5s, 0, 300s),
            "nothing heard from the other end of X for 5 s: clients wait until it answers");
  EXPECT_EQ(clients_wait_message("X", 1), "1 client waits for the link on X");
  EXPECT_EQ(clients_wait_message("X", 3), "3 clients wait for the link on X");
}

TEST(Messages, FiguresHaveUnits) {
  using namespace std::chrono_literals;
  const Figures figures{.rate = 11'200,
                        .nominal = 11'520,
                        .round_trip = 24ms,
                        .sent = 900,
                        .received = 5'000,
                        .lost = 0.0213,
                        .damaged = 0.004,
                        .connections = 3};
  EXPECT_EQ(measured_message("X", figures), "round trip 24 ms on X, speed 11 kB/s (nominal 12 kB/s)");
  EXPECT_EQ(speed_message("X", figures), "X carries 11 kB/s (nominal 12 kB/s), round trip 24 ms");
  EXPECT_EQ(
      figures_message("X", figures),
      "X in the last minute: 900 B/s sent, 5.0 kB/s received, of 11 kB/s; 2.1 % sent again, 0.4 % of the "
      "frames damaged; round trip 24 ms; 3 connections");
  EXPECT_TRUE(frames_lost_message("X", figures)
                  .starts_with("WARNING: X loses data: 2.1 % of what is sent is sent again, 0.4 %"));
}

TEST(Messages, ThatThereIsNoLinkIsToldWithWhetherAnythingCame) {
  using namespace std::chrono_literals;
  using Heard = io::Observer::Heard;
  const io::SilenceAdvice& cable = io::silence_advice("/dev/ttyUSB0");
  EXPECT_NE(no_link_message("X", 10s, Heard::nothing, cable, 9600)
                .find("no link on X for 10 s, and nothing has been received"),
            std::string::npos);
  EXPECT_NE(
      no_link_message("X", 3h, Heard::something, cable, 9600).find("no link on X for 3 h: data arrives"),
      std::string::npos);
  const std::string yet = no_link_message("X", 3s, Heard::nothing_yet, cable, 9600);
  for (const char* part :
       {"nobody answers on X yet, after 3 s", "does not run", "not crossed", "(here: 9600)"})
    EXPECT_NE(yet.find(part), std::string::npos) << part;
  // With BAUDRATE auto, this end has no speed of its own.
  EXPECT_EQ(no_link_message("X", 3s, Heard::nothing_yet, cable, 0).find("speed"), std::string::npos);
}

TEST(Messages, ThatThereIsNoLinkFitsTheKindOfLine) {
  using namespace std::chrono_literals;
  using enum io::Observer::Heard;
  const auto has = [](const std::string& line, const std::string& part) {
    const io::SilenceAdvice& advice = io::silence_advice(line);
    for (const auto heard : {nothing_yet, nothing}) {
      if (no_link_message(line, 3s, heard, advice, 9600).find(part) == std::string::npos) return false;
    }
    return true;
  };
  EXPECT_TRUE(has("exec:ssh rack serialtcp -c board:22 -", "in this log"));
  EXPECT_TRUE(has("-", "this"));
  EXPECT_TRUE(has("listen:4000", "client"));
  EXPECT_TRUE(has("unix:/run/vm.sock", "virtual machine"));
  EXPECT_TRUE(has("socket://rack:4000", "serial server"));
  EXPECT_TRUE(has("rfc2217://rack:4000", "serial server"));
  EXPECT_TRUE(has("hwgrep://FTDI", "RX and TX"));
  for (const char* line : {"exec:x", "exec,pty:x", "-", "stdio:", "listen:4000", "unix:/x", "loop://"}) {
    for (const auto heard : {nothing_yet, nothing, something}) {
      const std::string text = no_link_message(line, 3s, heard, io::silence_advice(line), 9600);
      EXPECT_EQ(text.find("cable"), std::string::npos) << text;
      EXPECT_EQ(text.find("speed"), std::string::npos) << text;
    }
  }
}

TEST(ErrorText, PortErrorsSayWhatToDo) {
  EXPECT_EQ(io::port_open_error(ENOENT).text, "no such device: is it plugged in?");
  EXPECT_NE(io::port_open_error(EACCES).text.find("dialout"), std::string::npos);
  EXPECT_NE(io::port_open_error(EBUSY).text.find("in use by another program"), std::string::npos);
  EXPECT_NE(io::port_open_error(EMFILE).text.find("ulimit -n"), std::string::npos);
  EXPECT_EQ(io::port_open_error(ENOTTY).text, "it is not a serial port");
}

TEST(ErrorText, OnlyAPortThatMayComeIsMissing) {
  using enum io::OpenError::Kind;
  for (const int error : {ENOENT, ENOTDIR, ENODEV, ENXIO})
    EXPECT_EQ(io::port_open_error(error).kind, missing) << error;
  for (const int error : {EACCES, EPERM, ENOTTY, EIO, EINVAL, ELOOP})
    EXPECT_EQ(io::port_open_error(error).kind, unusable) << error;
}

TEST(ErrorText, WhatMayPassIsNoReasonToGiveUp) {
  for (const int error : {EBUSY, EWOULDBLOCK, EMFILE, ENFILE, ENOMEM, EINTR, EHOSTDOWN, EHOSTUNREACH,
                          ENETUNREACH, ECONNREFUSED, ETIMEDOUT})
    EXPECT_EQ(io::port_open_error(error).kind, io::OpenError::Kind::passing) << error;
}

TEST(ErrorText, ListenErrorsSayWhatToDo) {
  EXPECT_NE(io::listen_text(EADDRINUSE).find("another program listens there already"), std::string::npos);
  EXPECT_NE(io::listen_text(EADDRNOTAVAIL).find("does not have that address"), std::string::npos);
  EXPECT_NE(io::listen_text(EACCES).find("below 1024"), std::string::npos);
}

}  // namespace
}  // namespace serialtcp::cli
