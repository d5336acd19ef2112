// The configuration file: its meaning, and the messages for mistakes, with their places.
#include "cli/config_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "cli/log_choice.h"
#include "cli/options.h"
#include "config_mistakes.h"

namespace serialtcp::cli {
namespace {

using namespace std::chrono_literals;

Configuration good(std::string_view text) {
  auto config = parse_config(text);
  if (config) return *config;
  for (const auto& [place, what] : config.error()) {
    ADD_FAILURE() << place.line << ":" << place.column << ": " << what;
  }
  return {};
}

LinkOptions by_command_line(std::vector<const char*> arguments) {
  const auto parsed = parse_options(arguments);
  if (parsed) return parsed->link;
  ADD_FAILURE();
  return {};
}

constexpr std::string_view kNothing =
    "1:1: there is no link: a [[link]] table is expected for each cable, a [[share]] table for each port to be shared, or "
    "a [[net]] table for each device that gets a network";

TEST(ConfigFile, SaysWhatTheCommandLineCanSay) {
  const Configuration config = good(R"(
log = "/var/log/serialtcp.log"
debug = true
log-format = "json"

[[link]]
name = "rack-3"
port = "/dev/ttyUSB0"
baudrate = 921600
server = ["2222", "web=0.0.0.0:8080,bulk,limit=20k", "sock=unix:/run/x.sock,mode=0660"]
client = ["back=192.168.0.1:80", "git=exec:git-upload-pack '/srv/x y.git'"]
ipv6 = true
parity = "E"
stopbits = 1.5
rtscts = true
rts = false
dtr = true
timeout = 2.5
sync-timeout = 7
hold = "never"
no-wait = true
no-compression = true
half-duplex = true
protocol = 2
key = "cable.key"
strict = true
)");
  EXPECT_EQ(config.log_file, "/var/log/serialtcp.log");
  EXPECT_EQ(config.log_style.verbosity, Verbosity::debug);
  EXPECT_EQ(config.log_style.format, LogFormat::json);
  ASSERT_EQ(config.links.size(), 1U);
  LinkOptions link = config.links[0];
  EXPECT_EQ(std::exchange(link.name, ""), "rack-3");
  EXPECT_EQ(link, by_command_line({"-s",
                                   "2222",
                                   "-s",
                                   "web=0.0.0.0:8080,bulk,limit=20k",
                                   "-s",
                                   "sock=unix:/run/x.sock,mode=0660",
                                   "-c",
                                   "back=192.168.0.1:80",
                                   "-c",
                                   "git=exec:git-upload-pack '/srv/x y.git'",
                                   "-6",
                                   "--parity",
                                   "E",
                                   "--stopbits",
                                   "1.5",
                                   "--rtscts",
                                   "--rts",
                                   "0",
                                   "--dtr",
                                   "1",
                                   "--timeout",
                                   "2.5",
                                   "--sync-timeout",
                                   "7",
                                   "--hold",
                                   "never",
                                   "--no-wait",
                                   "--no-compression",
                                   "--half-duplex",
                                   "--protocol",
                                   "2",
                                   "--key",
                                   "cable.key",
                                   "--strict",
                                   "/dev/ttyUSB0",
                                   "921600"}));
}

TEST(ConfigFile, TheCommandLineGoesBeforeWhatTheFileSaysOfTheLog) {
  Configuration config;
  config.log_style = {.format = LogFormat::json, .verbosity = Verbosity::debug};
  RunOptions options;
  EXPECT_EQ(log_style(options, config), config.log_style);
  options.log_style = {.format = LogFormat::text, .verbosity = Verbosity::quiet};
  EXPECT_EQ(log_style(options, config), options.log_style);
}

TEST(ConfigFile, HasTheCommandLinesDefaults) {
  const Configuration config = good("[[link]]\nport = \"x\"\nserver = 2222\n");
  ASSERT_EQ(config.links.size(), 1U);
  LinkOptions link = config.links[0];
  EXPECT_EQ(std::exchange(link.name, ""), "x") << "a link without a name is called as its device";
  EXPECT_EQ(link, by_command_line({"-s", "2222", "x"}));
  EXPECT_FALSE(config.log_file);
  EXPECT_EQ(config.log_style, LogStyle{});
}

TEST(ConfigFile, HasRs485AsTheCommandLineHasIt) {
  const auto in_file = [](const std::string& words) {
    return good("[[link]]\nport = \"x\"\nserver = 1\nrs485 = \"" + words + "\"\n").links[0].serial;
  };
  EXPECT_EQ(in_file("rts-after-send,delay-after=1").rs485,
            (io::Rs485{.rts_on_send = io::Pin::low, .delay_after = std::chrono::milliseconds(1)}));
  EXPECT_EQ(in_file("rts-after-send,delay-after=1"),
            by_command_line({"-s", "1", "--rs485=rts-after-send,delay-after=1", "x"}).serial);
  const LinkOptions alone = by_command_line({"-s", "1", "--rs485", "x", "115200"});
  EXPECT_EQ(alone.port, "x") << "what stands behind it is no value of it";
  EXPECT_EQ(alone.serial, in_file("rts-on-send"));
  EXPECT_TRUE(mistakes("[[link]]\nport = \"x\"\nserver = 1\nrs485 = \"\"\n")
                  .find("'' is not known; known here: rts-on-send") != std::string::npos);
}

TEST(ConfigFile, TakesFlagsThatAreFalseForThoseThatAreNotThere) {
  EXPECT_EQ(good("[[link]]\nport = \"x\"\nserver = 1\nrtscts = false\nno-wait = false\n").links,
            good("[[link]]\nport = \"x\"\nserver = 1\n").links);
}

TEST(ConfigFile, HasTheLinksInTheirOrder) {
  const Configuration config = good(
      "[[link]]\nport = \"b\"\nserver = 1\n[[link]]\nport = \"a\"\nserver = 2\nhold = 0\n[[link]]\nname = "
      "\"c\"\nport = \"loop://\"\nclient = \"h:3\"\n[[link]]\nport = \"loop://\"\nname = \"d\"\nclient = "
      "\"h:3\"\n");
  ASSERT_EQ(config.links.size(), 4U);
  EXPECT_EQ(config.links[0].port, "b");
  EXPECT_EQ(config.links[1].hold, Duration{});
  EXPECT_EQ(config.links[2].name, "c");
  EXPECT_EQ(config.links[3].port, "loop://") << "every loop is one of its own";
}

TEST(ConfigFile, SaysWhatIsMissing) {
  EXPECT_EQ(mistakes(""), kNothing);
  EXPECT_EQ(mistakes("debug = true\nlink = []\n"), kNothing);
  EXPECT_EQ(mistakes("\n[[link]]\nserver = 2222\n"), "2:1: port is required, as in port = \"/dev/ttyUSB0\"");
  EXPECT_EQ(mistakes("[[link]]\nport = \"\"\nserver = 2222\n"),
            "2:8: port is required, as in port = \"/dev/ttyUSB0\"");
  EXPECT_NE(mistakes("[[link]]\nport = \"x\"\n").find("is required"), std::string::npos);
}

TEST(ConfigFile, SuggestsTheKeyThatWasMeant) {
  EXPECT_EQ(mistakes_of_line("buadrate = 9600"),
            "4:1: unknown key in a link, 'buadrate': did you mean 'baudrate'?");
  EXPECT_EQ(mistakes_of_line("  sync_timeout = 9600"),
            "4:3: unknown key in a link, 'sync_timeout': did you mean 'sync-timeout'?");
  EXPECT_NE(mistakes_of_line("colour = 1")
                .find("4:1: unknown key in a link, 'colour': the keys are name, port, baudrate, "),
            std::string::npos);
  EXPECT_EQ(mistakes("lgo = \"x\"\n[[link]]\nport = \"a\"\nserver = 1\n"),
            "1:1: unknown key 'lgo' at the top: did you mean 'log'?");
  EXPECT_EQ(
      mistakes("xyzzy = \"x\"\n[[link]]\nport = \"a\"\nserver = 1\n"),
      "1:1: unknown key 'xyzzy' at the top: the keys are strict-start, log, log-format, verbose, quiet, debug, "
      "control, no-control, http, link, share, net");
  EXPECT_EQ(mistakes_of_line("log = \"x\""),
            "4:1: 'log' is for all links: write it above the first [[link]]");
  EXPECT_EQ(mistakes("port = \"x\"\n"), "1:1: 'port' belongs to a link: write [[link]] above it");
  EXPECT_EQ(mistakes("[link]\nport = \"x\"\n"), "1:1: link: write [[link]] above the keys of each cable");
  EXPECT_EQ(mistakes("link = 3"), "1:8: link: write [[link]] above the keys of each cable");
  EXPECT_NE(mistakes_of_line(std::string(1000, 'x') + " = 1").size(), 0U);
}

TEST(ConfigFile, SaysWhichTypeIsExpected) {
  EXPECT_EQ(mistakes_of_line("baudrate = \"fast\""),
            "4:12: baudrate: 'fast' is not a baud rate, a number from 1 to 50000000");
  EXPECT_EQ(
      mistakes_of_line("baudrate = 115200.0"),
      "4:12: baudrate: a whole number or a string is expected, as in baudrate = 115200, but this is a number");
  EXPECT_EQ(mistakes_of_line("baudrate = \"auto\""), "(none)");
  EXPECT_EQ(mistakes_of_line("rtscts = 1"),
            "4:10: rtscts: true or false is expected, as in rtscts = true, but this is a number");
  EXPECT_EQ(mistakes_of_line("timeout = true"),
            "4:11: timeout: a number is expected, as in timeout = 10, but this is true or false");
  EXPECT_EQ(mistakes_of_line("hold = 1979-05-27"),
            "4:8: hold: a number or a string is expected, as in hold = 300 or \"never\", but this is a date "
            "or a time");
  EXPECT_EQ(mistakes_of_line("key = [\"a\"]"),
            "4:7: key: a string is expected, as in key = \"/etc/serialtcp/cable.key\", but this is a list");
  EXPECT_EQ(mistakes_of_line("client = [\"web=h:1\",\n  {x = 1}]"),
            "5:3: client: a string or a list of strings is expected, as in client = [\"localhost:22\", "
            "\"web=192.168.0.1:80\"], but this is a table");
  EXPECT_EQ(mistakes("debug = \"yes\"\n[[link]]\nport = \"a\"\nserver = 1\n"),
            "1:9: debug: true or false is expected, as in debug = true, but this is a string");
}

TEST(ConfigFile, JudgesValuesAsTheCommandLineDoes) {
  EXPECT_EQ(mistakes_of_line("baudrate = 0"),
            "4:12: baudrate: '0' is not a baud rate, a number from 1 to 50000000");
  EXPECT_EQ(mistakes_of_line("stopbits = 1.4"), "4:12: stopbits: '1.4' is not one of 1, 1.5, 2");
  EXPECT_EQ(mistakes_of_line("hold = \"soon\""),
            "4:8: hold: 'soon' is not a number of seconds, 0 or more, or never");
  EXPECT_EQ(mistakes_of_line("hold = -1"), "4:8: hold: '-1' is not a number of seconds, 0 or more, or never");
  EXPECT_EQ(mistakes_of_line("timeout = nan"),
            "4:11: timeout: 'nan' is not a number of seconds greater than 0");
  EXPECT_EQ(mistakes_of_line("protocol = 3"), "4:12: protocol: '3' is not one of auto, 2, original");
  EXPECT_EQ(mistakes_of_line("parity = \"x\""), "4:10: parity: 'x' is not one of N, E, O, S, M");
  EXPECT_EQ(mistakes_of_line("client = [\"web=h:1\", \"x\"]"),
            "4:22: client: 'x' is not HOST:PORT, as in 192.168.0.1:22")
      << "the place is that of the one at fault";
  EXPECT_EQ(mistakes_of_line("log = \"\"\n"),
            "4:1: 'log' is for all links: write it above the first [[link]]");
  EXPECT_EQ(mistakes("log = \"\"\n[[link]]\nport = \"a\"\nserver = 1\n"),
            "1:7: log: the name of a file is expected");
  EXPECT_EQ(mistakes_of_line("name = \"a b\""),
            "4:8: name: up to 32 letters, digits, '.', '_' and '-' are expected");
  EXPECT_EQ(mistakes_of_line("key = \"\""), "4:7: key: a file is expected; serialtcp keygen FILE makes one");
}

TEST(ConfigFile, TellsAMistakeInOneLineHoweverLongItIs) {
  EXPECT_EQ(mistakes_of_line("parity = \"a\\nb\\u001b\""),
            "4:10: parity: 'a?b?' is not one of N, E, O, S, M");
  EXPECT_EQ(mistakes_of_line("parity = \"" + std::string(1000, 'x') + "\""),
            "4:10: parity: '" + std::string(399, 'x') + "...");
}

TEST(ConfigFile, SaysWhatDoesNotFitTogether) {
  EXPECT_EQ(mistakes("[[link]]\nport = \"a\"\nserver = [1,\n2]\n"),
            "4:1: two server have no name: give each but one a name, as in server web=PORT");
  EXPECT_EQ(mistakes_of_line("key = \"k\"\nprotocol = \"original\""),
            "5:12: key and protocol original exclude each other: the original's protocol cannot be sealed");
  EXPECT_EQ(mistakes_of_line("strict = true"), "4:10: strict is about the file of key, and there is no key");
}

TEST(ConfigFile, SaysWhichLinksAreInEachOthersWay) {
  const auto two = [](std::string_view first, std::string_view second) {
    return mistakes(fmt::format("[[link]]\n{}\n[[link]]\n{}\n", first, second));
  };
  EXPECT_EQ(two("port = \"/dev/a\"\nserver = 1", "port = \"/dev/../dev/a\"\nserver = 2"),
            "5:8: port: the link at line 1 has the same device");
  EXPECT_EQ(two("port = \"a\"\nserver = 1\nname = \"x\"", "name = \"x\"\nport = \"b\"\nserver = 2"),
            "6:8: name: the link at line 1 has the same name");
  EXPECT_EQ(two("port = \"a\"\nserver = 8080", "port = \"b\"\nserver = [\"9\", \"q=0.0.0.0:8080\"]"),
            "6:16: server: the one at line 3 listens at the same place: choose another port or path");
  EXPECT_EQ(two("port = \"a\"\nserver = \"unix:/x/y\"", "port = \"b\"\nserver = \"unix:/x/./y\""),
            "6:10: server: the one at line 3 listens at the same place: choose another port or path");
  EXPECT_EQ(two("port = \"a\"\nserver = \"udp:53\"", "port = \"b\"\nserver = \"udp:127.0.0.1:53\""),
            "6:10: server: the one at line 3 listens at the same place: choose another port or path");
  EXPECT_EQ(two("port = \"a\"\nserver = \"udp:53\"", "port = \"b\"\nserver = 53"), "(none)");
  EXPECT_EQ(two("port = \"a\"\nserver = 0", "port = \"b\"\nserver = 0"), "(none)")
      << "port 0 is any free one";
  EXPECT_EQ(two("port = \"a\"\nserver = \"127.0.0.2:80\"", "port = \"b\"\nserver = 80"), "(none)");
  EXPECT_EQ(mistakes("[[link]]\nport = \"a\"\nserver = [\"80\", \"web=80\"]\n"),
            "3:17: server: the one at line 3 listens at the same place: choose another port or path");
}

TEST(ConfigFile, TellsEveryMistakeAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(
      mistakes("debug = 1\n[[link]]\nport = \"x\"\nhold = \"?\"\nrts = 1\n[[link]]\nbaud = 3\n"),
      "1:9: debug: true or false is expected, as in debug = true, but this is a number\n"
      "4:8: hold: '?' is not a number of seconds, 0 or more, or never\n"
      "5:7: rts: true or false is expected, as in rts = true, but this is a number\n"
      "7:1: unknown key in a link, 'baud': the keys are name, port, baudrate, server, client, local-forward, "
      "remote-forward, dynamic-forward, allow, allow-listen, allow-shell, ipv4, ipv6, parity, stopbits, rtscts, xonxoff, rts, dtr, rs485, climb, "
      "timeout, sync-timeout, once, hold, drain, no-queue, no-wait, protocol, hello-at-prompt, no-compression, "
      "half-duplex, clean, key, strict, login, password-file, save, as, upgrade, boards, transcript");
}

TEST(ConfigFile, HasForwardsAndWhatIsAllowed) {
  const auto links = good(
                         "[[link]]\nport = \"x\"\nlocal-forward = [\"80:a:1\", \"81:b:2\"]\n"
                         "remote-forward = \"82:c:3\"\ndynamic-forward = \"1080\"\nallow = "
                         "\"*:*\"\nallow-listen = \"localhost:1-9\"\n")
                         .links;
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].local_forwards.size(), 2U);
  EXPECT_EQ(links[0].remote_forwards.size(), 1U);
  EXPECT_EQ(links[0].dynamic_forwards.size(), 1U);
  EXPECT_EQ(links[0].allowed.size(), 1U);
  EXPECT_EQ(links[0].allowed_listen.size(), 1U);
  EXPECT_EQ(mistakes("[[link]]\nport = \"x\"\nallow = [\"*:*\", \"*:x\"]\n"),
            "3:17: allow: 'x' is not a port, 1 to 65535, a range such as 1-1024, or *");
}

TEST(ConfigFile, HasUpToSoManyLinks) {
  const auto links = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += fmt::format("[[link]]\nport = \"{}\"\nserver = 0\n", i);
    return text;
  };
  EXPECT_EQ(good(links(kMaxLinks)).links.size(), kMaxLinks);
  EXPECT_EQ(mistakes(links(kMaxLinks + 1)), "193:1: too many links (65): one program runs up to 64");
}

TEST(ConfigFile, IsJudgedInNoTimeHoweverManyServicesThereAre) {
  // Each compared with each other would be eight million pairs; each pair that collides would be a mistake.
  const auto links = [](const auto& place) {
    std::string text;
    for (int link = 0; link < 64; ++link) {
      text += fmt::format("[[link]]\nport = \"p{}\"\nserver = [", link);
      for (int i = 0; i < 64; ++i) text += fmt::format("\"s{}={}\",", i, place(link, i));
      text += "]\n";
    }
    return text;
  };
  const auto seconds = [](const std::string& text) {
    const auto start = std::chrono::steady_clock::now();
    static_cast<void>(parse_config(text));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const std::string simple = links([](int, int) { return "0"; });
  const auto different =
      links([](int link, int i) { return fmt::format("unix:/run/a/b/../c/{}.{}", link, i); });
  const auto addresses =
      links([](int link, int i) { return fmt::format("127.0.{}.{}:80", link + 1, i + 1); });
  const auto same = links([](int, int) { return "unix:/run/one"; });
  const auto same_port = links([](int, int) { return "80"; });
  EXPECT_EQ(good(different).links.size(), 64U);
  EXPECT_EQ(good(addresses).links.size(), 64U);
  EXPECT_EQ(parse_config(same).error().size(), 64U * 64 - 1);
  // Compared with the time that it takes to read the file.
  const double least = seconds(simple);
  for (const std::string& text : {different, addresses, same, same_port}) {
    double best = seconds(text);
    for (int i = 0; i < 4; ++i) best = std::min(best, seconds(text));
    EXPECT_LT(best, 5 * least + 0.05);
  }
}

TEST(ConfigFile, EndsAtKeysAndBracketsWithoutEnd) {
  const auto repeated = [](std::string_view part, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += part;
    return text;
  };
  const std::string_view what = "a key has too many parts, or brackets are nested too deeply";
  for (const std::size_t count : {20U, 200U, 131'597U, 500'000U}) {
    SCOPED_TRACE(count);
    EXPECT_EQ(mistakes(repeated("a.", count) + "a = 1\n"), fmt::format("1:32: {}", what));
    EXPECT_EQ(mistakes("x = 1\n[" + repeated("a.", count) + "a]\n"), fmt::format("2:33: {}", what));
    EXPECT_EQ(mistakes("[[" + repeated("\"a\".", std::min<std::size_t>(count, 200'000)) + "a]]\n"),
              fmt::format("1:66: {}", what));
    EXPECT_EQ(mistakes("x = {" + repeated("a . ", std::min<std::size_t>(count, 200'000)) + "a = 1}\n"),
              fmt::format("1:68: {}", what));
    EXPECT_EQ(mistakes("x = " + repeated("[", count)), fmt::format("1:21: {}", what));
    EXPECT_EQ(mistakes("x = " + repeated("{a=", count)), fmt::format("1:53: {}", what));
  }
  // Dots and brackets in texts, and brackets in a row, are accepted.
  EXPECT_EQ(
      good("[[link]]\nport = \"" + repeated("a.", 100) + "\" # " + repeated("[.", 100) + "\nserver = 1\n")
          .links.size(),
      1U);
  EXPECT_NE(mistakes("a = [" + repeated("1.5, ", 100) + "]").find("unknown key 'a' at the top"),
            std::string::npos);
}

struct ConfigFileOnDisk : testing::Test {
  ~ConfigFileOnDisk() override { std::remove(path.c_str()); }
  std::string problem(std::string_view text) {
    std::ofstream(path) << text;
    const auto config = read_config(path);
    return config ? "(none)" : config.error();
  }
  /// Named after this process: others run the same tests at the same time.
  const std::string path = fmt::format("{}serialtcp_config_test.{}.toml", testing::TempDir(), ::getpid());
};

TEST_F(ConfigFileOnDisk, IsNamedInFrontOfEachMistake) {
  EXPECT_EQ(problem("[[link]]\nport = \"a\"\nserver = 1\n"), "(none)");
  EXPECT_EQ(
      problem("debug = 1\nlgo = 2\n[[link]]\nport = \"a\"\nserver = 1\n"),
      fmt::format("{0}:1:9: debug: true or false is expected, as in debug = true, but this is a number\n"
                  "{0}:2:1: unknown key 'lgo' at the top: did you mean 'log'?",
                  path));
}

TEST_F(ConfigFileOnDisk, TellsTheFirstOfVeryManyMistakes) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += fmt::format("x{} = 1\n", i);
  const std::string told = problem(text);
  EXPECT_NE(told.find(":20:1: "), std::string::npos);
  EXPECT_EQ(told.find(":21:1: "), std::string::npos);
  EXPECT_TRUE(told.ends_with(fmt::format("\n{}: and 10 more", path))) << told;
}

TEST_F(ConfigFileOnDisk, CannotBeLongerThanAConfigurationIs) {
  EXPECT_EQ(problem(std::string(kMaxConfigSize, '\n')), fmt::format("{}:{}", path, kNothing));
  EXPECT_EQ(problem(std::string(kMaxConfigSize + 1, '\n')),
            fmt::format("{}: it is too large: a configuration has up to 1048576 bytes", path));
}

TEST_F(ConfigFileOnDisk, IsAFile) {
  EXPECT_EQ(read_config("/no/such/file").error(), "/no/such/file: no such file or directory");
  EXPECT_EQ(read_config("/tmp").error(), "/tmp: it is a directory: name the file in it");
  EXPECT_EQ(read_config("/dev/null").error(), "/dev/null: it is not a regular file");
}

TEST(ConfigFile, IsNotReadAgainFromAPipeThatNobodyMayWriteTo) {
  const std::string path = testing::TempDir() + "serialtcp-config-pipe";
  ::unlink(path.c_str());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto config = read_config_again(path);
  ::unlink(path.c_str());
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().find("it is not a regular file"), std::string::npos) << config.error();
}

}  // namespace
}  // namespace serialtcp::cli
