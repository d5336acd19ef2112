// Rules about several options of `serialtcp net`.
#include "cli/net_options.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "cli/help.h"
#include "cli/judge.h"
#include "cli/words.h"
#include "nat/network.h"

namespace serialtcp::cli {

namespace {

using NetJudge = Judge<PutInTable, TableOptions>;

std::string net_help() {
  return fmt::format(
      "usage: serialtcp net [OPTION]... SERIALPORT [BAUDRATE]\n"
      "Gives the device at SERIALPORT a network, by PPP or SLIP: it reaches what this\n"
      "machine reaches, as a program of its user does. No root, no interface, nothing\n"
      "to be set up. A device with SLIP has to be told its addresses: they are in the\n"
      "first lines of the log.\n\n"
      "{}\n"
      "More: man serialtcp-net\n",
      option_lines(net_option_table()));
}

}  // namespace

std::string network_library_version() {
  return nat::Network::library_version();
}

std::expected<NetOptions, Mistakes> judge_net(const Given& given) {
  NetOptions options;
  NetJudge judge(net_option_table(), given, options);
  const auto port = given.find("port");
  judge.require(port != given.end() && !port->second.front().empty(), "port",
                "SERIALPORT is required, as in /dev/ttyUSB0");
  judge.all_values();
  std::size_t protocols = 0;
  for (const std::string_view protocol : {"auto", "ppp", "slip", "cslip"})
    protocols += given.contains(protocol) ? 1 : 0;
  judge.require(protocols <= 1, "", "--auto, --ppp, --slip and --cslip exclude each other");
  const bool slip = given.contains("slip") || given.contains("cslip");
  judge.require(!given.contains("login") || !slip, "login",
                "--login is of PPP: SLIP has no login, so --slip and --cslip exclude it");
  judge.require(!given.contains("noauth") || given.contains("login"), "noauth",
                "--noauth is of --login, which is not given: nobody has to log in");
  for (const std::string_view other : {"allow", "local-forward"})
    judge.require(
        !given.contains("tun") || !given.contains(other), "tun",
        fmt::format("--tun and --{} exclude each other: behind an interface, routes and firewall of the "
                    "system decide",
                    other));
  if (!judge.mistakes().empty()) return std::unexpected(judge.mistakes());
  return options;
}

ParsedNet parse_net_options(std::span<const char* const> arguments) {
  WordsGiven words;
  auto mistake = split_words(net_option_table(), arguments, words);
  if (words.given.contains("help")) return std::unexpected(Answer{net_help()});
  if (!mistake) mistake = place_positional(net_option_table(), words);
  if (mistake) return std::unexpected(std::move(*mistake));
  auto options = judge_net(words.given);
  if (!options) return std::unexpected(UsageError{options.error().front().message()});
  return *options;
}

}  // namespace serialtcp::cli
