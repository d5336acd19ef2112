// [[net]] in the configuration file: networks for devices.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/config_file.h"
#include "cli/net_options.h"
#include "cli/net_table.h"
#include "config_mistakes.h"

namespace serialtcp::cli {
namespace {

NetOptions net_by_command_line(std::vector<const char*> arguments) {
  const auto parsed = parse_net_options(arguments);
  if (parsed) return *parsed;
  ADD_FAILURE();
  return {};
}

NetOptions net_of(const Table& table) {
  EXPECT_EQ(table.placed.kind, &net_tables());
  return static_cast<const NetOptions&>(*table.options);
}

TEST(ConfigNets, SayWhatTheCommandLineCanSay) {
  const auto parsed = parse_config(R"(
[[net]]
name = "sensor"
port = "/dev/ttyUSB0"
baudrate = 57600
ppp = true
modem = true
allow = ["localhost:8080", "10.0.0.0/8:*"]
local-forward = ["8080:device:80", "0.0.0.0:2222:device:22"]
net = "10.7.0.0/24"
dns = "none"
parity = "E"
stopbits = 2
rtscts = true

[[net]]
port = "/dev/ttyUSB1"
)");
  ASSERT_TRUE(parsed) << parsed.error().front().text;
  const Configuration& config = *parsed;
  ASSERT_EQ(config.tables.size(), 2U);
  EXPECT_TRUE(config.links.empty());
  NetOptions net = net_of(config.tables[0]);
  EXPECT_EQ(std::exchange(net.name, ""), "sensor");
  EXPECT_EQ(net, net_by_command_line({"--ppp",      "--modem",
                                      "--allow",    "localhost:8080",
                                      "--allow",    "10.0.0.0/8:*",
                                      "-L",         "8080:device:80",
                                      "-L",         "0.0.0.0:2222:device:22",
                                      "--net",      "10.7.0.0/24",
                                      "--dns",      "none",
                                      "--parity",   "E",
                                      "--stopbits", "2",
                                      "--rtscts",   "/dev/ttyUSB0",
                                      "57600"}));
  net = net_of(config.tables[1]);
  EXPECT_EQ(std::exchange(net.name, ""), "/dev/ttyUSB1") << "without a name it is called as its device";
  EXPECT_EQ(net, net_by_command_line({"/dev/ttyUSB1"}));
}

TEST(ConfigNets, AreNotInTheWayOfOthers) {
  const auto beside = [](std::string_view other, std::string_view net) {
    return mistakes(fmt::format("{}\n[[net]]\n{}\n", other, net));
  };
  const std::string_view link = "[[link]]\nport = \"/dev/a\"\nserver = 1\nname = \"x\"";
  EXPECT_EQ(beside(link, "port = \"/dev/a\""), "6:8: port: the link at line 1 has the same device");
  EXPECT_EQ(beside(link, "port = \"/dev/b\"\nname = \"x\""),
            "7:8: name: the link at line 1 has the same name");
  const std::string_view share = "[[share]]\nport = \"/dev/a\"\nraw = 1";
  EXPECT_EQ(beside(share, "port = \"/dev/a\""), "5:8: port: the share at line 1 has the same device");
  const std::string_view net =
      "[[net]]\nport = \"/dev/a\"\nlocal-forward = [\"80:device:1\", \"0:device:1\"]";
  EXPECT_EQ(beside(net, "port = \"/dev/a\""), "5:8: port: the net at line 1 has the same device");
  EXPECT_EQ(beside(net, "port = \"/dev/b\"\nlocal-forward = [\"0:device:2\", \"80:device:2\"]"),
            "6:32: local-forward: the net at line 1 listens at the same place: choose another port");
}

TEST(ConfigNets, HaveTheirMistakesTold) {
  EXPECT_EQ(mistakes("[[net]]\nmodem = true\n"), "1:1: port is required, as in port = \"/dev/ttyUSB0\"");
  EXPECT_EQ(mistakes("[[net]]\nport = \"a\"\nppp = true\nslip = true\n"),
            "1:1: auto, ppp, slip and cslip exclude each other");
  EXPECT_EQ(
      mistakes("[[net]]\nport = \"a\"\nallow = [\"a:1\", \"*.b:1\"]\n"),
      "3:17: allow: '*.b:1': packets have addresses, not names, so names below a domain cannot be told: write "
      "whole names, addresses or networks");
  EXPECT_EQ(
      mistakes("[[net]]\nport = \"a\"\nserver = 1\n"),
      "3:1: unknown key of a network, 'server': the keys are name, port, baudrate, auto, ppp, slip, cslip, modem, "
      "allow, local-forward, net, dns, login, noauth, tun, parity, stopbits, rtscts, xonxoff");
  EXPECT_EQ(mistakes("modem = true\n[[link]]\nport = \"a\"\nserver = 1\n"),
            "1:1: 'modem' belongs to a network: write [[net]] above it");
  EXPECT_EQ(mistakes("[net]\nport = \"a\"\n"),
            "1:1: net: write [[net]] above the keys of each device that gets a network");
  EXPECT_EQ(mistakes("[[net]\nport = \"a\"\nmodme = true\n[[link]]\nport = \"b\"\nserver = 1\n"),
            "1:7: not TOML: table header: expected ']', saw '\\n'\n"
            "3:1: unknown key of a network, 'modme': did you mean 'modem'?");
  std::string many;
  for (std::size_t i = 0; i <= kMaxLinks; ++i) many += fmt::format("[[net]]\nport = \"{}\"\n", i);
  EXPECT_EQ(mistakes(many), "129:1: too many networks (65): one program runs up to 64");
}

}  // namespace
}  // namespace serialtcp::cli
