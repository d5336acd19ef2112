// The rows of `serialtcp share`, and how each takes its value over.
#include "cli/share_options.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/option_values.h"
#include "cli/share_paths.h"
#include "net/target_text.h"
#include "port/rs485.h"

namespace serialtcp::cli {

namespace {

using share::ShareConfig;
using PlaceKind = share::Place::Kind;
using ShareProblem = std::optional<std::string>;

/// Takes the value of a parser over.
template <typename Value, typename Parsed>
ShareProblem put_parsed(Value& value, Parsed parsed) {
  if (!parsed) return std::move(parsed.error());
  value = std::move(*parsed);
  return std::nullopt;
}

template <share::Protocol kProtocol>
ShareProblem put_tcp_place(ShareOptions& options, const std::string& text) {
  auto target = io::parse_bind_address(text, io::Family::any);
  if (!target) return std::move(target.error());
  options.share.places.push_back({kProtocol, PlaceKind::tcp, std::move(*target)});
  return std::nullopt;
}

/// As the original has it: a port of all interfaces.
ShareProblem put_local_port(ShareOptions& options, const std::string& text) {
  const auto port = io::parse_number(text, 0, 65535);
  if (!port) return fmt::format("'{}' is not a port, a number from 0 to 65535", text);
  io::Target target{"*", static_cast<std::uint16_t>(*port)};
  using Warn = share::Place::Warn;
  options.share.places.push_back({share::Protocol::raw, PlaceKind::tcp, std::move(target), Warn::yes});
  return std::nullopt;
}

ShareProblem put_dialled(ShareOptions& options, const std::string& text) {
  auto target = io::parse_target(text, io::Family::any);
  if (!target) return std::move(target.error());
  options.share.places.push_back({share::Protocol::raw, PlaceKind::dialled, std::move(*target)});
  return std::nullopt;
}

ShareProblem put_unix_place(ShareOptions& options, const std::string& text) {
  auto path = parse_share_path(PlaceKind::unix_socket, text);
  if (!path) return std::move(path.error());
  options.share.places.push_back({share::Protocol::raw, PlaceKind::unix_socket, std::move(*path)});
  return std::nullopt;
}

ShareProblem put_pty(ShareOptions& options, const std::string& text) {
  auto path = parse_share_path(PlaceKind::pty, text);
  if (!path) return std::move(path.error());
  options.share.places.push_back({share::Protocol::pty, PlaceKind::pty, std::move(*path)});
  return std::nullopt;
}

ShareProblem put_writing(ShareOptions& options, const std::string& text) {
  share::Writing& writing = options.share.writing;
  if (text == "one") {
    writing = share::Writing::one;
  } else if (text == "all") {
    writing = share::Writing::all;
  } else if (text == "first") {
    writing = share::Writing::first;
  } else {
    return fmt::format("'{}' is not one of one, all, first", text);
  }
  return std::nullopt;
}

ShareProblem put_reset_when(ShareOptions& options, const std::string& text) {
  share::ResetWhen& when = options.share.reset_when;
  if (text == "request") {
    when = share::ResetWhen::request;
  } else if (text == "connect") {
    when = share::ResetWhen::connect;
  } else if (text == "start") {
    when = share::ResetWhen::start;
  } else {
    return fmt::format("'{}' is not one of request, connect, start", text);
  }
  return std::nullopt;
}

ShareProblem put_reset(ShareOptions& options, const std::string& text) {
  return put_parsed(options.share.reset, share::parse_reset(text));
}

template <typename Number>
ShareProblem put_number(Number& value, const std::string& text, std::uint64_t least, std::uint64_t most) {
  const auto number = io::parse_number(text, least, most);
  if (!number) return fmt::format("'{}' is not a number from {} to {}", text, least, most);
  value = static_cast<Number>(*number);
  return std::nullopt;
}

ShareProblem put_most_clients(ShareOptions& options, const std::string& text) {
  return put_number(options.share.most_clients, text, 1, ShareConfig::kMostClients);
}

ShareProblem put_share_banner(ShareOptions& options, const std::string& text) {
  constexpr std::size_t kLongest = 500;
  if (text.size() > kLongest) return fmt::format("it has more than {} characters", kLongest);
  options.share.banner = text;
  return std::nullopt;
}

ShareProblem put_log(ShareOptions& options, const std::string& text) {
  return put_parsed(options.share.log_file, parse_file_name(text));
}

ShareProblem put_log_size(ShareOptions& options, const std::string& text) {
  return put_parsed(options.share.log_rules.most, parse_log_size(text));
}

ShareProblem put_log_count(ShareOptions& options, const std::string& text) {
  return put_parsed(options.share.log_rules.old_files, parse_log_count(text));
}

template <auto kMember>
ShareProblem put_log_flag(ShareOptions& options, const std::string&) {
  options.share.log_style.*kMember = true;
  return std::nullopt;
}

template <auto kMember, auto kParse>
ShareProblem put_share_serial(ShareOptions& options, const std::string& text) {
  return put_parsed(options.share.serial.*kMember, kParse(text));
}

ShareProblem put_data_bits(ShareOptions& options, const std::string& text) {
  const auto bits = io::parse_number(text, 5, 8);
  if (!bits) return fmt::format("'{}' is not one of 5, 6, 7, 8", text);
  options.share.serial.data_bits = static_cast<std::uint8_t>(*bits);
  return std::nullopt;
}

template <io::FlowControl kFlow>
ShareProblem put_share_flow(ShareOptions& options, const std::string&) {
  options.share.serial.flow_control = kFlow;
  return std::nullopt;
}

ShareProblem put_device(ShareOptions& options, const std::string& text) {
  options.share.device = text;
  return std::nullopt;
}

ShareProblem put_name(ShareOptions& options, const std::string& text) {
  return put_parsed(options.name, parse_link_name(text));
}

template <Verbosity kVerbosity>
ShareProblem put_share_verbosity(ShareOptions& options, const std::string&) {
  options.verbosity = kVerbosity;
  return std::nullopt;
}

using Serial = io::SerialSettings;
using LogStyleOf = share::Transcript::Style;

constexpr std::string_view kWherePort = "[ADDR:]PORT";

const Option kShareOptions[] = {
    {.name = "name",
     .argument = "NAME",
     .stands = Stands::only_in_a_file,
     .toml = Toml::text,
     .example = "\"rack-3\"",
     .section = Section::table,
     .help = "what the log calls it (default: its port)",
     .put = &in_table<&put_name>},
    {.name = "port",
     .argument = "SERIALPORT",
     .suggest = Suggest::device,
     .stands = Stands::by_position,
     .toml = Toml::text,
     .example = "\"/dev/ttyUSB0\"",
     .section = Section::table,
     .help = "the device",
     .put = &in_table<&put_device>},
    {.name = "baudrate",
     .argument = "BAUDRATE",
     .suggest = Suggest::speed,
     .stands = Stands::by_position,
     .toml = Toml::integer,
     .example = "115200",
     .section = Section::table,
     .help = "any that it supports (default: 115200)",
     .put = &in_table<&put_share_serial<&Serial::baud, &parse_baud>>},
    {.name = "raw",
     .argument = kWherePort,
     .repeated = Repeated::yes,
     .toml = Toml::texts,
     .example = "4000",
     .section = Section::table,
     .help = "listen there; clients get the bytes as they are",
     .put = &in_table<&put_tcp_place<share::Protocol::raw>>},
    {.name = "telnet",
     .argument = kWherePort,
     .repeated = Repeated::yes,
     .toml = Toml::texts,
     .example = "2323",
     .section = Section::table,
     .help = "the same for clients that speak telnet",
     .put = &in_table<&put_tcp_place<share::Protocol::telnet>>},
    {.name = "rfc2217",
     .argument = kWherePort,
     .repeated = Repeated::yes,
     .toml = Toml::texts,
     .example = "2217",
     .section = Section::table,
     .help = "the same, and they can set the port (RFC 2217)",
     .put = &in_table<&put_tcp_place<share::Protocol::rfc2217>>},
    {.name = "unix",
     .argument = "PATH",
     .suggest = Suggest::file,
     .repeated = Repeated::yes,
     .toml = Toml::texts,
     .example = "\"/run/board.sock\"",
     .section = Section::table,
     .help = "as --raw, on a unix socket",
     .put = &in_table<&put_unix_place>},
    {.name = "pty",
     .argument = "PATH",
     .suggest = Suggest::file,
     .repeated = Repeated::yes,
     .toml = Toml::texts,
     .example = "\"/run/board\"",
     .section = Section::table,
     .help = "make a pty there, for programs that want a device",
     .put = &in_table<&put_pty>},
    {.name = "localport",
     .letter = 'P',
     .argument = "PORT",
     .excludes = "client",
     .otherwise = "--raw, --telnet and others say where clients come from",
     .section = Section::table,
     .help = "as --raw, on all interfaces",
     .put = &in_table<&put_local_port>},
    {.name = "client",
     .letter = 'c',
     .argument = "HOST:PORT",
     .suggest = Suggest::target,
     .toml = Toml::text,
     .example = "\"collector:7777\"",
     .section = Section::table,
     .help = "connect there, instead of waiting for a client",
     .put = &in_table<&put_dialled>},
    {.name = "writers",
     .argument = "one|all|first",
     .values = "one all first",
     .toml = Toml::text,
     .example = "\"one\"",
     .section = Section::table,
     .help = "who writes: the first to do so, all, the longest",
     .put = &in_table<&put_writing>},
    {.name = "max",
     .argument = "N",
     .toml = Toml::integer,
     .example = "16",
     .section = Section::table,
     .help = "clients at the same time (default: 16)",
     .put = &in_table<&put_most_clients>},
    {.name = "banner",
     .argument = "TEXT",
     .toml = Toml::text,
     .example = "\"rack 3, board 7\"",
     .section = Section::table,
     .help = "a line that each client gets first",
     .put = &in_table<&put_share_banner>},
    {.name = "log",
     .argument = "FILE",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/var/log/board.log\"",
     .section = Section::table,
     .help = "append what the port receives to FILE",
     .put = &in_table<&put_log>},
    {.name = "log-written",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "also what is written to the port, in lines",
     .put = &in_table<&put_log_flag<&LogStyleOf::written>>},
    {.name = "timestamp",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "begin each line of that file with the time",
     .put = &in_table<&put_log_flag<&LogStyleOf::times>>},
    {.name = "log-size",
     .argument = "SIZE",
     .toml = Toml::number_or_text,
     .example = "\"16M\"",
     .section = Section::table,
     .help = "rename that file when it has SIZE (default: 16M)",
     .put = &in_table<&put_log_size>},
    {.name = "log-count",
     .argument = "N",
     .toml = Toml::integer,
     .example = "1",
     .section = Section::table,
     .help = "keep so many renamed ones (default: 1)",
     .put = &in_table<&put_log_count>},
    {.name = "reset",
     .argument = "STEPS",
     .toml = Toml::text,
     .example = "\"D0R1 W100 R0 W50\"",
     .section = Section::table,
     .help = "DTR and RTS that reset the board: \"D0R1 W100 R0\"",
     .put = &in_table<&put_reset>},
    {.name = "reset-on",
     .argument = "request|connect|start",
     .values = "request connect start",
     .toml = Toml::text,
     .example = "\"request\"",
     .section = Section::table,
     .help = "when, beside a break of a client (request)",
     .put = &in_table<&put_reset_when>},
    {.name = "bytesize",
     .argument = "5|6|7|8",
     .values = "5 6 7 8",
     .toml = Toml::integer,
     .example = "8",
     .section = Section::table,
     .help = "data bits (default: 8)",
     .put = &in_table<&put_data_bits>},
    {.name = "parity",
     .argument = "N|E|O|S|M",
     .values = "N E O S M",
     .toml = Toml::text,
     .example = "\"N\"",
     .section = Section::table,
     .help = "none, even, odd, space or mark (default: N)",
     .put = &in_table<&put_share_serial<&Serial::parity, &parse_parity>>},
    {.name = "stopbits",
     .argument = "1|1.5|2",
     .values = "1 1.5 2",
     .toml = Toml::number,
     .example = "1",
     .section = Section::table,
     .help = "stop bits (default: 1)",
     .put = &in_table<&put_share_serial<&Serial::stop_bits, &parse_stop_bits>>},
    {.name = "rtscts",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "hardware flow control",
     .put = &in_table<&put_share_flow<io::FlowControl::rts_cts>>},
    {.name = "xonxoff",
     .excludes = "rtscts",
     .otherwise = "there is no flow control",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "software flow control",
     .put = &in_table<&put_share_flow<io::FlowControl::xon_xoff>>},
    {.name = "rts",
     .argument = "0|1",
     .values = "0 1",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "set this pin when the port is opened",
     .put = &in_table<&put_share_serial<&Serial::rts, &parse_pin>>},
    {.name = "dtr",
     .argument = "0|1",
     .values = "0 1",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::table,
     .help = "the same",
     .put = &in_table<&put_share_serial<&Serial::dtr, &parse_pin>>},
    {.name = "rs485",
     .argument = "[=WORD,...]",
     .values = "rts-on-send rts-after-send delay-before= delay-after= rx-during-tx",
     .alone = "rts-on-send",
     .excludes = "rtscts",
     .otherwise = "RTS is left alone",
     .toml = Toml::text,
     .example = "\"rts-on-send\"",
     .section = Section::table,
     .help = "the driver switches an RS-485 transceiver",
     .put = &in_table<&put_share_serial<&Serial::rs485, &io::parse_rs485>>},
    {.name = "quiet",
     .letter = 'q',
     .section = Section::table,
     .help = "log only what is wrong",
     .put = &in_table<&put_share_verbosity<Verbosity::quiet>>},
    {.name = "develop",
     .section = Section::table,
     .help = "log more",
     .put = &in_table<&put_share_verbosity<Verbosity::verbose>>},
    {.name = "help", .letter = 'h', .section = Section::table, .help = "print this", .put = {}},
};

}  // namespace

OptionTable share_option_table() {
  static const std::vector<Option> all = of_this_edition(kShareOptions, "share");
  return all;
}

}  // namespace serialtcp::cli
