// Rules about several options of `serialtcp share`.
#include "cli/share_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/edition.h"
#include "cli/help.h"
#include "cli/judge.h"
#include "cli/words.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

using share::ShareConfig;

using ShareJudge = Judge<PutInTable, TableOptions>;

void judge_share_together(const Given& given, const ShareConfig& config, ShareJudge& judge) {
  if (!judge.mistakes().empty()) return;  // a place may be missing
  std::vector<std::string> places;
  for (const std::string_view place : {"raw", "telnet", "rfc2217", "unix", "pty"}) {
    if (find_option(place, share_option_table()) != nullptr) places.push_back(fmt::format("--{}", place));
  }
  judge.require(
      !config.places.empty(), "",
      fmt::format(
          "where shall clients of {} connect? Give at least one of {} and --client, such as --rfc2217 2217",
          config.device, fmt::join(places, ", ")));
  judge.require(config.places.size() <= ShareConfig::kMostPlaces, "",
                fmt::format("there are more than {} places for clients", ShareConfig::kMostPlaces));
  judge.require(
      !io::is_other_line(config.device), "port",
      fmt::format("{} is no device: only a serial port of this machine can be shared", config.device));
  const auto needs = [&](std::string_view option, std::string_view other) {
    judge.require(!given.contains(option) || given.contains(other), option,
                  fmt::format("--{0} is about --{1}, and there is no --{1}", option, other));
  };
  for (const std::string_view option : {"log-written", "timestamp", "log-size", "log-count"})
    needs(option, "log");
  needs("reset-on", "reset");
}

/// What the original has by default, and how it behaves where that differs.
void set_redirect_defaults(const Given& given, ShareOptions& options) {
  constexpr std::uint32_t kBaud = 9600;
  if (!given.contains("baudrate")) options.share.serial.baud = kBaud;
  if (options.share.places.empty()) {
    const Option& local_port = *find_option("localport", share_option_table());
    static_cast<void>(std::get<PutInTable>(local_port.put)(options, "7777"));
  }
  if (!given.contains("max")) {
    options.share.most_clients = 1;
    options.share.full = ShareConfig::Full::wait;
  }
  options.share.after_end = Duration{};
  options.share.missing = ShareConfig::Missing::fail;
}

std::string share_help() {
  return fmt::format(
      "usage: serialtcp share SERIALPORT [BAUDRATE] {{--raw | --telnet | --rfc2217 ...}} WHERE...\n"
      "                       [OPTION]...\n"
      "Shares a serial port with clients over {}. All of them\n"
      "read. Addresses are of localhost unless ADDR says otherwise; * is all\n"
      "interfaces. There is no password: whoever can connect has the port.\n\n"
      "{}{}",
      edition().wording.shared_over, option_lines(share_option_table()), more_in_manual("share"));
}

}  // namespace

std::expected<ShareOptions, Mistakes> judge_share(const Given& given, SharedAs called) {
  ShareOptions options;
  ShareJudge judge(share_option_table(), given, options);
  const auto port = given.find("port");
  judge.require(port != given.end() && !port->second.front().empty(), "port",
                fmt::format("SERIALPORT is required, as in {}", edition().wording.port));
  judge.all_values();
  if (called == SharedAs::redirect && judge.mistakes().empty()) set_redirect_defaults(given, options);
  judge_share_together(given, options.share, judge);
  if (!judge.mistakes().empty()) return std::unexpected(judge.mistakes());
  return options;
}

ParsedShare parse_share_options(std::span<const char* const> arguments, SharedAs called) {
  WordsGiven words;
  auto mistake = split_words(share_option_table(), arguments, words);
  if (words.given.contains("help")) return std::unexpected(Answer{share_help()});
  if (!mistake) mistake = place_positional(share_option_table(), words);
  if (mistake) return std::unexpected(std::move(*mistake));
  auto options = judge_share(words.given, called);
  if (!options) return std::unexpected(UsageError{options.error().front().message()});
  return *options;
}

}  // namespace serialtcp::cli
