// The command line: its meaning, and the messages for mistakes.
#include "cli/options.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "net/unix_socket.h"

namespace serialtcp::cli {
namespace {

using namespace std::chrono_literals;

Parsed parse(std::vector<const char*> arguments) {
  return parse_options(arguments);
}

/// Words separated by blanks; the cases that need more say parse().
RunOptions all_of(const std::string& line) {
  std::istringstream words(line);
  std::vector<std::string> list{std::istream_iterator<std::string>(words), {}};
  std::vector<const char*> pointers;
  for (const std::string& word : list) pointers.push_back(word.c_str());
  auto parsed = parse_options(pointers);
  if (parsed) return *parsed;
  const auto* error = std::get_if<UsageError>(&parsed.error());
  ADD_FAILURE() << line << ": " << (error != nullptr ? error->text : "answered instead");
  return {};
}

LinkOptions good(const std::string& line) {
  return all_of(line).link;
}

/// Where a service listens, if that is a port of a host.
io::Target at(const ServerSpec& spec) {
  return spec.place->host().value_or(io::Target{});
}

/// A service alone, as it is understood.
ServerSpec server(const std::string& text) {
  return parse_server_spec(text, io::Family::any).value_or(ServerSpec{});
}

ClientSpec client(const std::string& text, io::Family family = io::Family::any) {
  return parse_client_spec(text, family).value_or(ClientSpec{});
}

io::Target listens(const std::string& line) {
  const LinkOptions options = good(line);
  return options.servers.size() == 1 ? at(options.servers[0]) : io::Target{};
}

std::string connects(const std::string& line) {
  const LinkOptions options = good(line);
  return options.clients.size() == 1 ? options.clients[0].place->text() : "";
}

std::string complaint(std::vector<const char*> arguments) {
  const auto parsed = parse_options(arguments);
  if (parsed) return "(none)";
  const auto* error = std::get_if<UsageError>(&parsed.error());
  return error != nullptr ? error->text : "(answered)";
}

TEST(Options, ServerHasTheOriginalsDefaults) {
  const RunOptions all = all_of("--server 1234 /dev/ttyUSB0");
  const LinkOptions& options = all.link;
  ASSERT_EQ(options.servers.size(), 1U);
  EXPECT_TRUE(options.clients.empty());
  EXPECT_EQ(options.servers[0].name, "");
  EXPECT_EQ(at(options.servers[0]).host, "localhost");
  EXPECT_EQ(at(options.servers[0]).port, 1234);
  EXPECT_EQ(at(options.servers[0]).family, io::Family::any);
  EXPECT_EQ(options.port, "/dev/ttyUSB0");
  EXPECT_EQ(options.serial.baud, 115200U);
  EXPECT_EQ(options.serial.parity, io::Parity::none);
  EXPECT_EQ(options.serial.stop_bits, io::StopBits::one);
  EXPECT_EQ(options.serial.flow_control, io::FlowControl::none);
  EXPECT_FALSE(options.serial.rts.has_value());
  EXPECT_FALSE(options.serial.dtr.has_value());
  EXPECT_EQ(options.connect_timeout, 10s);
  EXPECT_FALSE(options.sync_timeout.has_value());
  EXPECT_EQ(all.log_style.verbosity, Verbosity::normal);
  EXPECT_EQ(options.at_prompt, AtPrompt::silent);
  EXPECT_EQ(options.compression, Compression::on);
  EXPECT_EQ(options.duplex, Duplex::automatic);
  EXPECT_FALSE(all.log_file.has_value());
}

TEST(Options, EveryOptionArrives) {
  const RunOptions all = all_of(
      "-c 192.168.0.1:22 --parity E --stopbits 2 --rtscts --rts 0 --dtr 1 --timeout 2.5 --sync-timeout 7 "
      "--hold 60 --no-wait "
      "-6 --hello-at-prompt --no-compression --half-duplex --debug --log l.txt --test-port-file p.txt /dev/ttyS0 250000");
  const LinkOptions& options = all.link;
  ASSERT_EQ(options.clients.size(), 1U);
  EXPECT_TRUE(options.servers.empty());
  EXPECT_EQ(options.clients[0].place->text(), "192.168.0.1:22");
  EXPECT_TRUE(options.clients[0] == client("192.168.0.1:22", io::Family::ipv6));
  EXPECT_FALSE(options.clients[0] == client("192.168.0.1:22", io::Family::any));
  EXPECT_EQ(options.serial.baud, 250000U);
  EXPECT_EQ(options.serial.parity, io::Parity::even);
  EXPECT_EQ(options.serial.stop_bits, io::StopBits::two);
  EXPECT_EQ(options.serial.flow_control, io::FlowControl::rts_cts);
  EXPECT_EQ(options.serial.rts, io::Pin::low);
  EXPECT_EQ(options.serial.dtr, io::Pin::high);
  EXPECT_EQ(options.connect_timeout, 2500ms);
  EXPECT_EQ(options.sync_timeout, 7s);
  EXPECT_EQ(options.hold, 60s);
  EXPECT_EQ(options.missing, io::LinePump::Missing::fail);
  EXPECT_EQ(all.log_style.verbosity, Verbosity::debug);
  EXPECT_EQ(options.at_prompt, AtPrompt::speak);
  EXPECT_EQ(options.compression, Compression::off);
  EXPECT_EQ(options.duplex, Duplex::half);
  EXPECT_EQ(all.log_file, "l.txt");
  EXPECT_EQ(all.test_port_file, "p.txt");
}

TEST(Options, AreUnderstoodAsArgparseUnderstandsThem) {
  EXPECT_EQ(good("/dev/ttyS0 9600 -s1234").serial.baud, 9600U) << "positional first, value attached";
  EXPECT_EQ(listens("--server=1234 x").port, 1234) << "equals sign";
  EXPECT_EQ(listens("--serv 1234 x").port, 1234) << "unambiguous beginning";
  EXPECT_EQ(good("-s 1 x --sync 5").sync_timeout, 5s) << "unambiguous beginning";
  EXPECT_EQ(good("-s 1 -- x").port, "x") << "two dashes";
  EXPECT_EQ(good("-s 1 --parity o x").serial.parity, io::Parity::odd) << "lower case";
  EXPECT_EQ(good("-s 1 --timeout 1 --timeout 2 x").connect_timeout, 2s) << "the last one counts";
}

TEST(Options, FlowControlIsOfOneKind) {
  EXPECT_EQ(good("-s 1 --xonxoff x").serial.flow_control, io::FlowControl::xon_xoff);
  EXPECT_EQ(complaint({"-s", "1", "--rtscts", "--xonxoff", "x"}),
            "--xonxoff and --rtscts exclude each other: without both, there is no flow control");
  EXPECT_EQ(complaint({"-s", "1", "--rs485", "--rtscts", "x"}),
            "--rs485 and --rtscts exclude each other: without both, RTS is left alone");
  EXPECT_EQ(complaint({"-s", "1", "--rs485", "--rts", "1", "x"}),
            "--rs485 and --rts exclude each other: with --rs485, the driver switches RTS");
}

TEST(Options, HoldIsATimeOrNoneOrForEver) {
  EXPECT_EQ(good("-s 1 x").drain, 10s);
  EXPECT_EQ(good("-s 1 x --drain 0").drain, 0s);
  EXPECT_EQ(good("-s 1 x --drain 2.5").drain, 2500ms);
  EXPECT_EQ(complaint({"-s", "1", "x", "--drain", "never"}),
            "argument --drain: 'never' is not a number of seconds, 0 or more");
  EXPECT_TRUE(good("-s 1 x --no-queue").no_queue);
  EXPECT_TRUE(good("-s 1,refuse x").servers.at(0).refuse);
  EXPECT_FALSE(good("-s 1 x").servers.at(0).refuse);
  EXPECT_EQ(complaint({"-c", "h:1,refuse", "x"}),
            "argument --client: refuse is for the --server at the other end");
  EXPECT_EQ(complaint({"-s", "udp:1,refuse", "x"}),
            "argument --server: refuse is for connections: nobody waits with datagrams");
  EXPECT_EQ(good("-s 1 x").hold, 300s);
  EXPECT_EQ(good("-s 1 x --hold 0").hold, 0s);
  EXPECT_EQ(good("-s 1 x --hold 0.5").hold, 500ms);
  EXPECT_EQ(good("-s 1 x --hold never").hold, kForever);
  EXPECT_EQ(complaint({"-s", "1", "x", "--hold", "-1"}),
            "argument --hold: '-1' is not a number of seconds, 0 or more, or never");
}

TEST(Options, ParityAndStopBitsHaveAllTheirValues) {
  EXPECT_EQ(good("-s 1 --parity N x").serial.parity, io::Parity::none);
  EXPECT_EQ(good("-s 1 --parity S x").serial.parity, io::Parity::space);
  EXPECT_EQ(good("-s 1 --parity m x").serial.parity, io::Parity::mark);
  EXPECT_EQ(good("-s 1 --stopbits 1.5 x").serial.stop_bits, io::StopBits::one_and_a_half);
}

TEST(Options, NominalRateCountsAllBitsOfAByte) {
  EXPECT_EQ(io::nominal_rate(good("-s 1 x").serial), 11520U);
  EXPECT_EQ(io::nominal_rate(good("-s 1 --parity E x").serial), 115200U / 11);
  EXPECT_EQ(io::nominal_rate(good("-s 1 --parity E --stopbits 2 x").serial), 9600U);
  EXPECT_EQ(io::nominal_rate(good("-s 1 x 1").serial), 1U);
}

TEST(Options, AddressesOfTheServer) {
  EXPECT_EQ(listens("-s 0 x").port, 0);
  EXPECT_EQ(io::to_string(listens("-s 0.0.0.0:80 x")), "0.0.0.0:80");
  EXPECT_EQ(io::to_string(listens("-s *:80 x")), "*:80");
  EXPECT_EQ(io::to_string(listens("-s [::1]:80 x")), "[::1]:80");
  EXPECT_EQ(io::to_string(listens("-s box:65535 x")), "box:65535");
}

TEST(Options, AddressesOfTheClient) {
  EXPECT_EQ(connects("-c [::1]:22 x"), "[::1]:22");
  EXPECT_EQ(connects("-c [fe80::1%eth0]:22 x"), "[fe80::1%eth0]:22");
  EXPECT_EQ(connects("-c box.example:22 x"), "box.example:22");
}

TEST(Options, ServicesRepeatWithNamesAndWithoutInBothDirections) {
  const LinkOptions options =
      good("-s 2222 -s web=8080 --client api=box:80 -c localhost:22 -s db=[::1]:5432 x");
  ASSERT_EQ(options.servers.size(), 3U);
  ASSERT_EQ(options.clients.size(), 2U);
  EXPECT_EQ(options.servers[1].name, "web");
  EXPECT_EQ(at(options.servers[1]).port, 8080);
  EXPECT_EQ(io::to_string(at(options.servers[2])), "[::1]:5432");
  EXPECT_EQ(options.clients[0].name, "api");
  EXPECT_EQ(options.clients[0].place->text(), "box:80");
  EXPECT_EQ(options.clients[1].name, "");
  EXPECT_EQ(options.port, "x") << "a service takes one word only";
}

TEST(Options, ServicesHaveAPriorityAndALimitBehindCommas) {
  const LinkOptions options =
      good("-s 1,bulk -s a=2,interactive,limit=500 -s b=[::1]:3,limit=20k -c x:4,limit=2M x");
  EXPECT_EQ(options.servers[0].priority, Priority::bulk);
  EXPECT_FALSE(options.servers[0].limit.has_value());
  EXPECT_EQ(options.servers[1].priority, Priority::interactive);
  EXPECT_EQ(options.servers[1].limit, 500U);
  EXPECT_EQ(options.servers[2].priority, Priority::automatic);
  EXPECT_EQ(options.servers[2].limit, 20'000U);
  EXPECT_EQ(options.clients[0].limit, 2'000'000U);
}

TEST(Options, NameUdpPorts) {
  const LinkOptions options =
      good("-s dns=udp:5353,bulk,idle=10 -s udp:[::]:69 -c udp:192.168.0.1:53,late=0.5,limit=1k x");
  EXPECT_EQ(options.servers[0].name, "dns");
  EXPECT_EQ(options.servers[0].place->text(), "udp:localhost:5353");
  EXPECT_EQ(options.servers[0].place->streams(), StreamKind::datagrams);
  EXPECT_EQ(options.servers[0].priority, Priority::bulk);
  EXPECT_TRUE(options.servers[0] == server("dns=udp:5353,bulk,idle=1e1"));
  for (const char* other : {"dns=udp:5353,bulk", "dns=udp:5353,bulk,idle=11", "dns=udp:5353,bulk,late=10",
                            "dns=udp:5354,bulk,idle=10", "dns=5353,bulk"}) {
    EXPECT_FALSE(options.servers[0] == server(other)) << other;
  }
  EXPECT_EQ(options.servers[1].place->text(), "udp:[::]:69");
  EXPECT_TRUE(options.clients[0] == client("udp:192.168.0.1:53,late=.5,limit=1000"));
  EXPECT_FALSE(options.clients[0] == client("udp:192.168.0.1:53,late=.6,limit=1k"));
  EXPECT_FALSE(options.clients[0] == client("udp:192.168.0.1:53,late=.5,limit=1k,anyport"));
  EXPECT_EQ(options.clients[0].limit, 1000U);
  EXPECT_EQ(complaint({"-s", "80,idle=1", "x"}), "argument --server: idle= is for UDP, as in udp:53");
  EXPECT_EQ(complaint({"-s", "udp:", "x"}), complaint({"-s", "", "x"}));
  for (const char* bad : {"", "0", "-1", "x", "1s", "86401", "nan", "inf"}) {
    EXPECT_EQ(
        complaint({"-s", fmt::format("udp:53,late={}", bad).c_str(), "x"}),
        fmt::format("argument --server: '{}' is not a number of seconds greater than 0, and at most 86400",
                    bad));
  }
}

TEST(Options, SayWhatIsWrongWithAnOptionOfAService) {
  const auto server = [](const char* text) { return complaint({"-s", text, "x"}); };
  for (const char* bad : {"", "fast", "limit", "Bulk", "bulk ", "mode"}) {
    EXPECT_EQ(
        server(fmt::format("1,{}", bad).c_str()),
        fmt::format(
            "argument --server: '{}' is not an option of a service: there are interactive, bulk, refuse, "
            "limit=RATE, for unix sockets mode=MODE, for UDP idle=SECONDS, late=SECONDS and anyport, for serial "
            "ports rfc2217, rtscts and xonxoff, for ptys rfc2217, and for IP links from=NETWORK/BITS, "
            "allow=HOST:PORT, net=NETWORK/BITS, address=ADDRESS, gateway=ADDRESS and dns=ADDRESS",
            bad));
  }
  for (const char* bad : {"", "0", "k", "20x", "-1", "1.5k", "1001M", "20 k"}) {
    EXPECT_EQ(
        server(fmt::format("1,limit={}", bad).c_str()),
        fmt::format("argument --server: '{}' is not a limit in bytes per second, as in limit=500, 20k or 1M",
                    bad));
  }
  EXPECT_EQ(server("1,bulk,interactive"), "argument --server: interactive and bulk exclude each other");
  EXPECT_EQ(complaint({"-c", "a:1,bulk", "x"}),
            "argument --client: bulk is for the --server at the other end");
}

TEST(Options, ServicesMayBeUnixSockets) {
  const LinkOptions options =
      good("-s unix:/run/a=b.sock -s api=unix:x,mode=0660,bulk -c unix:/run/y -c z=unix:z x");
  EXPECT_EQ(options.servers[0].place->text(), "unix:/run/a=b.sock");
  EXPECT_EQ(options.servers[0].name, "");
  EXPECT_TRUE(options.servers[0] == server("unix:/run/a=b.sock,mode=600")) << "the default";
  EXPECT_EQ(options.servers[1].name, "api");
  EXPECT_EQ(options.servers[1].place->text(), "unix:x");
  EXPECT_TRUE(options.servers[1] == server("api=unix:x,mode=660,bulk"));
  EXPECT_FALSE(options.servers[1] == server("api=unix:x,mode=666,bulk"));
  EXPECT_EQ(options.servers[1].priority, Priority::bulk);
  EXPECT_EQ(options.clients[0].place->text(), "unix:/run/y");
  EXPECT_EQ(options.clients[1].name, "z");
}

TEST(Options, ServicesMayBeAbstractUnixSockets) {
  const LinkOptions options = good("-s unix:@a=b -s api=unix:@x,bulk,refuse -c unix:@y,limit=1k x");
  EXPECT_EQ(options.servers[0].place->text(), "unix:@a=b");
  EXPECT_EQ(options.servers[1].place->text(), "unix:@x");
  EXPECT_TRUE(options.servers[1].refuse);
  EXPECT_EQ(options.clients[0].place->text(), "unix:@y");
  EXPECT_EQ(complaint({"-s", "unix:@", "x"}), "argument --server: unix:@ needs a name, as in unix:@name");
  EXPECT_EQ(complaint({"-s", "unix:@x,mode=0600", "x"}),
            "argument --server: mode= needs a path: an abstract socket has no permissions");
  const std::string longest = "unix:@" + std::string(107, 'n');
  EXPECT_EQ(complaint({"-c", longest.c_str(), "x"}), "(none)");
  EXPECT_NE(complaint({"-c", (longest + "n").c_str(), "x"}).find("at most 107 characters, this one 108"),
            std::string::npos);
}

TEST(Options, SayWhatIsWrongWithAUnixSocket) {
  const auto server = [](const std::string& text) { return complaint({"-s", text.c_str(), "x"}); };
  EXPECT_EQ(server("unix:"), "argument --server: unix: needs a path, as in unix:/run/x.sock");
  const std::string longest(io::kMaxUnixPath, 'p');
  EXPECT_EQ(server("unix:" + longest), "(none)");
  EXPECT_EQ(server("unix:" + longest + "p"),
            fmt::format("argument --server: '{}p' is too long: the path of a unix socket has at most 107 "
                        "characters, this one 108",
                        longest));
  for (const char* bad : {"", "8", "rw", "1000", "0o600", "-1"}) {
    EXPECT_EQ(server(fmt::format("unix:x,mode={}", bad)),
              fmt::format("argument --server: '{}' is not a mode, in octal as in mode=0660", bad));
  }
  EXPECT_EQ(server("1,mode=0600"), "argument --server: mode= is for a --server on a unix socket");
  EXPECT_EQ(complaint({"-c", "unix:x,mode=0600", "x"}),
            "argument --client: mode= is for a --server on a unix socket");
}

TEST(Options, ServicesMayBeCommands) {
  const auto parsed =
      parse({"-c", "exec:FOO=1 awk -F, '{print $1}'", "-c", "git=exec:git-upload-pack /srv/a,b=c", "x"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->link.clients[0].name, "");
  EXPECT_EQ(parsed->link.clients[0].place->text(), "exec:FOO=1 awk -F, '{print $1}'");
  EXPECT_EQ(parsed->link.clients[1].name, "git");
  EXPECT_EQ(parsed->link.clients[1].place->text(), "exec:git-upload-pack /srv/a,b=c");
}

TEST(Options, SayWhatIsWrongWithACommand) {
  EXPECT_EQ(complaint({"-c", "exec:", "x"}),
            "argument --client: exec: needs a command, as in exec:'git-upload-pack /srv/x.git'");
  EXPECT_EQ(complaint({"-c", "a=exec:  ", "x"}),
            "argument --client: exec: needs a command, as in exec:'git-upload-pack /srv/x.git'");
  EXPECT_EQ(complaint({"-s", "exec:cat", "x"}),
            "argument --server: exec: is for --client: a program is connected to, it does not listen");
}

TEST(Options, SayWhatIsWrongWithServicesTakenTogether) {
  EXPECT_EQ(complaint({"-s", "web=1", "-s", "web=2", "x"}), "two --server have the name 'web'");
  EXPECT_EQ(complaint({"-c", "a:1", "-c", "b:2", "x"}),
            "two --client have no name: give each but one a name, as in --client web=HOST:PORT");
  std::vector<std::string> words;
  for (std::size_t i = 0; i <= limits::kMaxServices; ++i) words.push_back(fmt::format("-sname{}=0", i));
  std::vector<const char*> arguments{"x"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  EXPECT_EQ(complaint(arguments), "65 services are too many: one end can have up to 64");
  arguments.pop_back();
  EXPECT_EQ(complaint(arguments), "(none)");
}

TEST(Options, SayWhatIsMissing) {
  EXPECT_EQ(complaint({}),
            "one of --server, --client, --local-forward, --remote-forward, --dynamic-forward, "
            "--allow, --allow-listen and --allow-shell is required");
  EXPECT_EQ(complaint({"/dev/ttyS0"}),
            "one of --server, --client, --local-forward, --remote-forward, --dynamic-forward, "
            "--allow, --allow-listen and --allow-shell is required");
  EXPECT_EQ(complaint({"-s", "1"}), "SERIALPORT is required, as in /dev/ttyUSB0");
  EXPECT_EQ(complaint({"-s", "1", ""}), "SERIALPORT is required, as in /dev/ttyUSB0");
  EXPECT_EQ(complaint({"--server=", "x"}), "argument --server: '' is not a port, a number from 0 to 65535");
  EXPECT_EQ(complaint({"x", "-s"}), "argument --server: a value is expected");
}

TEST(Options, SayWhatIsTooMuch) {
  EXPECT_EQ(complaint({"-s", "1", "x", "9600", "y"}),
            "unexpected 'y': only SERIALPORT and BAUDRATE stand alone");
  EXPECT_EQ(complaint({"-s", "1", "x", "--speed", "9600"}), "unknown option --speed");
  EXPECT_EQ(complaint({"-s", "1", "x", "--rt", "1"}), "unknown option --rt: did you mean '--rts'?")
      << "ambiguous beginning";
  EXPECT_EQ(complaint({"-s", "1", "x", "--hodl=5"}), "unknown option --hodl=5: did you mean '--hold'?");
}

TEST(Options, SayWhatIsWrongWithAPort) {
  const auto server = [](const char* port) { return complaint({"-s", port, "x"}); };
  EXPECT_EQ(server("65536"), "argument --server: '65536' is not a port, a number from 0 to 65535");
  EXPECT_EQ(server("abc"), "argument --server: 'abc' is not a port, a number from 0 to 65535");
  EXPECT_EQ(server(""), "argument --server: '' is not a port, a number from 0 to 65535");
  EXPECT_EQ(server("-1"), "argument --server: '-1' is not a port, a number from 0 to 65535");
  EXPECT_EQ(server("1.2.3.4:"), "argument --server: '' is not a port, a number from 0 to 65535");
  EXPECT_EQ(server(":80"), "argument --server: ':80' has no address: write 80 for localhost, *:80 for all");
  EXPECT_EQ(complaint({"-c", "box:0", "x"}),
            "argument --client: '0' is not a port, a number from 1 to 65535");
  EXPECT_EQ(complaint({"-c", "box:65536", "x"}),
            "argument --client: '65536' is not a port, a number from 1 to 65535");
}

TEST(Options, SayWhatIsWrongWithATarget) {
  const auto client = [](const char* target) { return complaint({"-c", target, "x"}); };
  EXPECT_EQ(client("192.168.0.1"), "argument --client: '192.168.0.1' is not HOST:PORT, as in 192.168.0.1:22");
  EXPECT_EQ(client(":22"), "argument --client: ':22' is not HOST:PORT, as in 192.168.0.1:22");
  EXPECT_EQ(client(""), "argument --client: '' is not HOST:PORT, as in 192.168.0.1:22");
  EXPECT_EQ(client("[::1]"), "argument --client: '[::1]' is not HOST:PORT, as in 192.168.0.1:22");
  EXPECT_EQ(client("::1:22"),
            "argument --client: '::1' is not a host: write IPv6 addresses in brackets, as in [::1]:22");
  EXPECT_EQ(client("[::1:22"), "argument --client: '[::1' is not a host: write IPv6 addresses as [::1]");
}

TEST(Options, SayWhatIsWrongWithLineSettings) {
  const auto with = [](const char* option, const char* value) {
    return complaint({"-s", "1", "x", option, value});
  };
  EXPECT_EQ(complaint({"-s", "1", "x", "0"}),
            "argument BAUDRATE: '0' is not a baud rate, a number from 1 to 50000000");
  EXPECT_EQ(complaint({"-s", "1", "x", "-1"}),
            "argument BAUDRATE: '-1' is not a baud rate, a number from 1 to 50000000");
  EXPECT_EQ(complaint({"-s", "1", "x", "fast"}),
            "argument BAUDRATE: 'fast' is not a baud rate, a number from 1 to 50000000");
  EXPECT_EQ(with("--parity", "X"), "argument --parity: 'X' is not one of N, E, O, S, M");
  EXPECT_EQ(with("--parity", "even"), "argument --parity: 'even' is not one of N, E, O, S, M");
  EXPECT_EQ(with("--stopbits", "3"), "argument --stopbits: '3' is not one of 1, 1.5, 2");
  EXPECT_EQ(with("--rts", "2"), "argument --rts: '2' is not 0 or 1");
  EXPECT_EQ(with("--dtr", "on"), "argument --dtr: 'on' is not 0 or 1");
}

TEST(Options, SayWhatIsWrongWithATime) {
  for (const char* bad : {"0", "-1", "soon", "nan", "inf", "1e99", "5s", ""}) {
    EXPECT_EQ(complaint({"-s", "1", "x", "--timeout", bad}),
              fmt::format("argument --timeout: '{}' is not a number of seconds greater than 0", bad));
  }
}

TEST(Options, AFileOfLinksStandsInTheirPlace) {
  const auto run = parse({"--config", "f.toml", "--debug", "--log", "l.txt"});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->config_file, "f.toml");
  EXPECT_EQ(run->config, RunOptions::Config::run);
  EXPECT_EQ(run->log_style.verbosity, Verbosity::debug);
  EXPECT_EQ(run->log_file, "l.txt");
  const auto check = parse({"--check-config=f.toml"});
  ASSERT_TRUE(check);
  EXPECT_EQ(check->config_file, "f.toml");
  EXPECT_EQ(check->config, RunOptions::Config::check);
}

TEST(Options, NothingElseCanStandBesideAFileOfLinks) {
  EXPECT_EQ(
      complaint({"--config", "f", "--hold", "3"}),
      "--hold cannot be used with --config: everything but --strict-start, --log, --log-format, --verbose, --quiet, --debug, --ready, --control, --no-control and --http is in the file");
  EXPECT_EQ(
      complaint({"/dev/x", "--config", "f"}),
      "'/dev/x' cannot be used with --config: everything but --strict-start, --log, --log-format, --verbose, --quiet, --debug, --ready, --control, --no-control and --http is in the file");
  EXPECT_EQ(complaint({"--check-config", "f", "-s", "1"}),
            "--server cannot be used with --check-config: it only checks the file");
  EXPECT_EQ(complaint({"--config", ""}), "argument --config: the name of a file is expected");
  EXPECT_EQ(complaint({"--check-config"}), "argument --check-config: a value is expected");
}

TEST(Options, AFileOfLinksIsNeverMeantByABeginning) {
  EXPECT_EQ(connects("--c h:1 x"), "h:1") << "as before there were such files";
  EXPECT_EQ(complaint({"--conf", "f"}), "unknown option --conf: did you mean '--config'?");
}

TEST(Options, AKeyFileSealsTheLink) {
  EXPECT_FALSE(good("--server 1 /dev/ttyS0").key_file);
  EXPECT_EQ(good("--server 1 --key cable.key /dev/ttyS0").key_file, "cable.key");
  EXPECT_EQ(good("--server 1 --key k /dev/ttyS0").unsafe_key_file, io::UnsafeKeyFile::warn);
  EXPECT_EQ(good("--server 1 --key k --strict /dev/ttyS0").unsafe_key_file, io::UnsafeKeyFile::refuse);
}

TEST(Options, AKeyExcludesTheOriginalsProtocol) {
  EXPECT_EQ(complaint({"--server", "1", "--key", "k", "--protocol", "original", "/dev/ttyS0"}),
            "--key and --protocol original exclude each other: the original's protocol cannot be sealed");
  EXPECT_EQ(good("--server 1 --key k --protocol 2 /dev/ttyS0").protocol, Protocol::own);
}

TEST(Options, StrictWithoutAKeyAndAKeyWithoutAFileAreMistakes) {
  EXPECT_NE(complaint({"--server", "1", "--strict", "/dev/ttyS0"}).find("--strict"), std::string::npos);
  EXPECT_NE(complaint({"--server", "1", "--key=", "/dev/ttyS0"}).find("keygen"), std::string::npos);
}

}  // namespace
}  // namespace serialtcp::cli
