#include "cli/share_options.h"

#include <fmt/format.h>

#include <utility>

#include "cli/command_words.h"
#include "cli/option_values.h"
#include "net/target_text.h"
#include "net/unix_socket.h"
#include "port/line_factory.h"
#include "port/rs485.h"

namespace serialtcp::cli {

namespace {

using share::ShareConfig;
using ShareProblem = std::optional<std::string>;

template <share::Protocol kProtocol>
ShareProblem put_tcp_place(ShareConfig& config, const std::string& text) {
  auto target = io::parse_bind_address(text, io::Family::any);
  if (!target) return std::move(target.error());
  config.places.push_back({kProtocol, std::move(*target)});
  return std::nullopt;
}

ShareProblem put_unix_place(ShareConfig& config, const std::string& text) {
  auto path = io::parse_unix_path(text);
  if (!path) return std::move(path.error());
  config.places.push_back({share::Protocol::raw, std::move(*path)});
  return std::nullopt;
}

ShareProblem put_writing(ShareConfig& config, const std::string& text) {
  if (text == "one") {
    config.writing = share::Writing::one;
  } else if (text == "all") {
    config.writing = share::Writing::all;
  } else if (text == "first") {
    config.writing = share::Writing::first;
  } else {
    return fmt::format("'{}' is not one of one, all, first", text);
  }
  return std::nullopt;
}

ShareProblem put_most_clients(ShareConfig& config, const std::string& text) {
  const auto number = io::parse_number(text, 1, ShareConfig::kMostClients);
  if (!number) return fmt::format("'{}' is not a number from 1 to {}", text, ShareConfig::kMostClients);
  config.most_clients = static_cast<std::size_t>(*number);
  return std::nullopt;
}

ShareProblem put_share_banner(ShareConfig& config, const std::string& text) {
  constexpr std::size_t kLongest = 500;
  if (text.size() > kLongest) return fmt::format("it has more than {} characters", kLongest);
  config.banner = text;
  return std::nullopt;
}

template <auto kMember, auto kParse>
ShareProblem put_share_serial(ShareConfig& config, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  config.serial.*kMember = std::move(*value);
  return std::nullopt;
}

ShareProblem put_data_bits(ShareConfig& config, const std::string& text) {
  const auto bits = io::parse_number(text, 5, 8);
  if (!bits) return fmt::format("'{}' is not one of 5, 6, 7, 8", text);
  config.serial.data_bits = static_cast<std::uint8_t>(*bits);
  return std::nullopt;
}

template <io::FlowControl kFlow>
ShareProblem put_share_flow(ShareConfig& config, const std::string&) {
  io::FlowControl& now = config.serial.flow_control;
  if (now != io::FlowControl::none && now != kFlow) return "--rtscts and --xonxoff exclude each other";
  now = kFlow;
  return std::nullopt;
}

constexpr auto kGivenOnce = ShareOption::Repeated::no;
constexpr auto kGivenOften = ShareOption::Repeated::yes;

constexpr ShareOption kShareOptions[] = {
    {"raw", "[ADDR:]PORT", "listen there; clients get the bytes of the port, and nothing else", kGivenOften,
     &put_tcp_place<share::Protocol::raw>},
    {"telnet", "[ADDR:]PORT", "the same for clients that speak telnet", kGivenOften,
     &put_tcp_place<share::Protocol::telnet>},
    {"rfc2217", "[ADDR:]PORT", "the same, and they can set the port (RFC 2217)", kGivenOften,
     &put_tcp_place<share::Protocol::rfc2217>},
    {"unix", "PATH", "as --raw, on a unix socket", kGivenOften, &put_unix_place},
    {"writers", "one|all|first",
     "who may write: whoever writes first until it leaves (default), all, or whoever is connected longest",
     kGivenOnce, &put_writing},
    {"max", "N", "clients at the same time (default: 16)", kGivenOnce, &put_most_clients},
    {"banner", "TEXT", "a line that each client gets first", kGivenOnce, &put_share_banner},
    {"bytesize", "5|6|7|8", "data bits (default: 8)", kGivenOnce, &put_data_bits},
    {"parity", "N|E|O|S|M", "none, even, odd, space or mark (default: N)", kGivenOnce,
     &put_share_serial<&io::SerialSettings::parity, &parse_parity>},
    {"stopbits", "1|1.5|2", "stop bits (default: 1)", kGivenOnce,
     &put_share_serial<&io::SerialSettings::stop_bits, &parse_stop_bits>},
    {"rtscts", "", "hardware flow control", kGivenOnce, &put_share_flow<io::FlowControl::rts_cts>},
    {"xonxoff", "", "software flow control", kGivenOnce, &put_share_flow<io::FlowControl::xon_xoff>},
    {"rts", "0|1", "set this pin when the port is opened (default: it stays as it is)", kGivenOnce,
     &put_share_serial<&io::SerialSettings::rts, &parse_pin>},
    {"dtr", "0|1", "the same", kGivenOnce, &put_share_serial<&io::SerialSettings::dtr, &parse_pin>},
    {"rs485", "SETTINGS", "the driver switches an RS-485 transceiver, as without share", kGivenOnce,
     &put_share_serial<&io::SerialSettings::rs485, &io::parse_rs485>},
};

void add_share_option(CommandWords& words, ShareConfig& config, const ShareOption& option) {
  const std::string name = fmt::format("--{}", option.name);
  const auto put = [&config, &option, name](const std::string& text) -> std::optional<std::string> {
    if (const auto problem = option.put(config, text)) return fmt::format("argument {}: {}", name, *problem);
    return std::nullopt;
  };
  words.add({.name = name,
             .value = std::string(option.value),
             .help = std::string(option.help),
             .repeated = option.repeated == kGivenOften,
             .put = put});
}

constexpr std::string_view kAbout =
    "Shares a serial port with clients over TCP and unix sockets. All of them read; who may write is chosen by --writers.\n"
    "Addresses are of localhost unless ADDR says otherwise; * is all interfaces. There is no password: whoever can connect\n"
    "has the port.";

/// What is wrong with the whole; empty if nothing.
std::string judge_share(const ShareConfig& config) {
  if (config.places.empty()) {
    return fmt::format(
        "where shall clients of {} connect? Give at least one of --raw, --telnet, --rfc2217 and --unix, such as "
        "--rfc2217 2217",
        config.device);
  }
  if (config.places.size() > ShareConfig::kMostPlaces)
    return fmt::format("there are more than {} places for clients", ShareConfig::kMostPlaces);
  if (io::is_other_line(config.device))
    return fmt::format("{} is no device: only a serial port of this machine can be shared", config.device);
  return "";
}

}  // namespace

std::span<const ShareOption> share_options() {
  return kShareOptions;
}

std::expected<ShareConfig, std::variant<ShareHelp, std::string>> parse_share_options(
    std::span<const char* const> args) {
  ShareConfig config;
  std::string baud;
  CommandWords words;
  words.add({.name = "SERIALPORT", .help = "the device, such as /dev/ttyUSB0", .to = &config.device});
  words.add(
      {.name = "BAUDRATE", .help = "bits per second (default: 115200)", .required = false, .to = &baud});
  for (const ShareOption& option : kShareOptions) add_share_option(words, config, option);
  const auto mistake = words.parse(args);
  if (words.wants_help()) return std::unexpected(ShareHelp{words.help("serialtcp share", kAbout)});
  if (mistake) return std::unexpected(*mistake);
  if (!baud.empty()) {
    const auto number = parse_baud(baud);
    if (!number) return std::unexpected(fmt::format("argument BAUDRATE: {}", number.error()));
    config.serial.baud = *number;
  }
  if (std::string problem = judge_share(config); !problem.empty()) return std::unexpected(std::move(problem));
  return config;
}

}  // namespace serialtcp::cli
