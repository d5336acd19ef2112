#include "cli/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/control_options.h"
#include "cli/option_values.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

using Error = std::optional<std::string>;

template <auto kMember>
Error link_text(LinkOptions& link, const std::string& text) {
  link.*kMember = text;
  return std::nullopt;
}

template <auto kMember, auto kParse>
Error link_value(LinkOptions& link, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  link.*kMember = std::move(*value);
  return std::nullopt;
}

/// For services and forwards, whose names are looked up in the address family of the link.
template <auto kMember, auto kParse>
Error link_place(LinkOptions& link, const std::string& text) {
  auto value = kParse(text, link.family);
  (link.*kMember).emplace_back();  // also for one that is wrong: places are counted
  if (!value) return std::move(value.error());
  (link.*kMember).back() = std::move(*value);
  return std::nullopt;
}

template <auto kMember, io::AllowedTo kTo>
Error link_pattern(LinkOptions& link, const std::string& text) {
  auto value = io::parse_allow_pattern(text, kTo);
  if (!value) return std::move(value.error());
  (link.*kMember).push_back(std::move(*value));
  return std::nullopt;
}

template <auto kMember, auto kValue>
Error link_flag(LinkOptions& link, const std::string&) {
  link.*kMember = kValue;
  return std::nullopt;
}

template <auto kMember, auto kParse>
Error serial_value(LinkOptions& link, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  link.serial.*kMember = std::move(*value);
  return std::nullopt;
}

template <auto kMember, auto kValue>
Error serial_flag(LinkOptions& link, const std::string&) {
  link.serial.*kMember = kValue;
  return std::nullopt;
}

template <auto kMember>
Error file_of_run(RunOptions& run, const std::string& text) {
  auto name = parse_file_name(text);
  if (!name) return std::move(name.error());
  run.*kMember = std::move(*name);
  return std::nullopt;
}

Error ready(RunOptions& run, const std::string& text) {
  const auto value = parse_ready(text);
  if (!value) return value.error();
  run.ready = *value;
  return std::nullopt;
}

Error file_to_check(RunOptions& run, const std::string& text) {
  run.config = RunOptions::Config::check;
  return file_of_run<&RunOptions::config_file>(run, text);
}

/// More is added to what is there already; less and more are a contradiction.
template <Verbosity kVerbosity>
Error verbosity(RunOptions& run, const std::string&) {
  Verbosity& now = run.log_style.verbosity;
  const bool other =
      now != Verbosity::normal && (now == Verbosity::quiet) != (kVerbosity == Verbosity::quiet);
  if (other)
    return "less of the log and more of it cannot be had at once: choose --quiet, --verbose or --debug";
  now = std::max(now, kVerbosity);
  if (kVerbosity == Verbosity::quiet) now = kVerbosity;
  return std::nullopt;
}

Error log_format(RunOptions& run, const std::string& text) {
  auto format = parse_log_format(text);
  if (!format) return std::move(format.error());
  run.log_style.format = *format;
  return std::nullopt;
}

std::string_view line_forms() {
  static const std::string forms = io::line_forms();
  return forms;
}

using Link = LinkOptions;
using Serial = io::SerialSettings;

const Option kOptions[] = {
    {.name = "name",
     .argument = "NAME",
     .stands = Stands::only_in_a_file,
     .toml = Toml::text,
     .example = "\"rack-3\"",
     .section = Section::cable,
     .help = "what the log calls the link (default: its port)",
     .put = &link_value<&Link::name, parse_link_name>},
    {.name = "port",
     .argument = "SERIALPORT",
     .suggest = Suggest::device,
     .stands = Stands::by_position,
     .toml = Toml::text,
     .example = "\"/dev/ttyUSB0\"",
     .section = Section::cable,
     .help = line_forms(),
     .put = &link_text<&Link::port>},
    {.name = "baudrate",
     .argument = "BAUDRATE",
     .suggest = Suggest::speed,
     .stands = Stands::by_position,
     .toml = Toml::integer,
     .example = "115200",
     .section = Section::cable,
     .help = "any that both devices support (default: 115200)",
     .put = &serial_value<&Serial::baud, parse_baud>},
    {.name = "server",
     .letter = 's',
     .argument = "[NAME=]WHERE[,OPTION]...",
     .suggest = Suggest::listener,
     .repeated = Repeated::yes,
     .toml = Toml::texts,
     .example = "[\"2222\", \"web=8080\"]",
     .section = Section::services,
     .help = "listen on [udp:][ADDRESS:]PORT, unix:PATH, fd:NAME",
     .put = &link_place<&Link::servers, parse_server_spec>},
    {.name = "client",
     .letter = 'c',
     .argument = "[NAME=]WHERE[,OPTION]...",
     .suggest = Suggest::target,
     .repeated = Repeated::yes,
     .toml = Toml::texts,
     .example = "[\"localhost:22\", \"web=192.168.0.1:80\"]",
     .section = Section::services,
     .help = "connect to [udp:]HOST:PORT, unix:PATH, exec:COMMAND",
     .put = &link_place<&Link::clients, parse_client_spec>},
    {.name = "local-forward",
     .letter = 'L',
     .argument = "[BIND_ADDRESS:]PORT:HOST:HOSTPORT",
     .repeated = Repeated::yes,
     .most = kMaxForwards,
     .toml = Toml::texts,
     .example = "\"8080:192.168.0.1:80\"",
     .section = Section::forwarding,
     .help = "listen here, as ssh -L",
     .put = &link_place<&Link::local_forwards, parse_forward_spec>},
    {.name = "remote-forward",
     .letter = 'R',
     .argument = "[BIND_ADDRESS:]PORT:HOST:HOSTPORT",
     .repeated = Repeated::yes,
     .most = kMaxForwards,
     .toml = Toml::texts,
     .example = "\"8080:localhost:80\"",
     .section = Section::forwarding,
     .help = "from there, as ssh -R",
     .put = &link_place<&Link::remote_forwards, parse_forward_spec>},
    {.name = "dynamic-forward",
     .letter = 'D',
     .argument = "[BIND_ADDRESS:]PORT",
     .repeated = Repeated::yes,
     .most = kMaxForwards,
     .toml = Toml::texts,
     .example = "\"1080\"",
     .section = Section::forwarding,
     .help = "SOCKS server and HTTP proxy",
     .put = &link_place<&Link::dynamic_forwards, parse_dynamic_spec>},
    {.name = "allow",
     .argument = "HOST:PORT",
     .repeated = Repeated::yes,
     .most = kMaxAllowPatterns,
     .toml = Toml::texts,
     .example = "[\"10.0.0.0/8:*\", \"web:80\"]",
     .section = Section::forwarding,
     .help = "what -L and -D there may reach: 10.0.0.0/8:1-1024",
     .put = &link_pattern<&Link::allowed, io::AllowedTo::connect>},
    {.name = "allow-listen",
     .argument = "HOST:PORT",
     .repeated = Repeated::yes,
     .most = kMaxAllowPatterns,
     .toml = Toml::texts,
     .example = "\"localhost:8080\"",
     .section = Section::forwarding,
     .help = "where -R there may have this end listen",
     .put = &link_pattern<&Link::allowed_listen, io::AllowedTo::listen>},
    {.name = "ipv4",
     .letter = '4',
     .excludes = "ipv6",
     .otherwise = "IPv4 and IPv6 are used",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::addresses,
     .help = "only addresses of this kind (default: both)",
     .put = &link_flag<&Link::family, io::Family::ipv4>},
    {.name = "ipv6",
     .letter = '6',
     .toml = Toml::flag,
     .example = "true",
     .section = Section::addresses,
     .help = "only addresses of this kind (default: both)",
     .put = &link_flag<&Link::family, io::Family::ipv6>},
    {.name = "parity",
     .argument = "N|E|O|S|M",
     .values = "N E O S M",
     .toml = Toml::text,
     .example = "\"N\"",
     .section = Section::port,
     .help = "none, even, odd, space or mark (default: N)",
     .put = &serial_value<&Serial::parity, parse_parity>},
    {.name = "stopbits",
     .argument = "1|1.5|2",
     .values = "1 1.5 2",
     .toml = Toml::number,
     .example = "1",
     .section = Section::port,
     .help = "stop bits (default: 1)",
     .put = &serial_value<&Serial::stop_bits, parse_stop_bits>},
    {.name = "rtscts",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::port,
     .help = "hardware flow control",
     .put = &serial_flag<&Serial::flow_control, io::FlowControl::rts_cts>},
    {.name = "xonxoff",
     .excludes = "rtscts",
     .otherwise = "there is no flow control",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::port,
     .help = "software flow control; data is not encoded for it",
     .put = &serial_flag<&Serial::flow_control, io::FlowControl::xon_xoff>},
    {.name = "rts",
     .argument = "0|1",
     .values = "0 1",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::port,
     .help = "set this pin when the port is opened",
     .put = &serial_value<&Serial::rts, parse_pin>},
    {.name = "dtr",
     .argument = "0|1",
     .values = "0 1",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::port,
     .help = "set this pin when the port is opened",
     .put = &serial_value<&Serial::dtr, parse_pin>},
    {.name = "timeout",
     .argument = "SECONDS",
     .toml = Toml::number,
     .example = "10",
     .section = Section::link,
     .help = "for connecting to a target (default: 10)",
     .put = &link_value<&Link::connect_timeout, parse_seconds>},
    {.name = "sync-timeout",
     .argument = "SECONDS",
     .toml = Toml::number,
     .example = "60",
     .section = Section::link,
     .help = "exit with status 2 after this time without a link",
     .put = &link_value<&Link::sync_timeout, parse_seconds>},
    {.name = "hold",
     .argument = "SECONDS|never",
     .values = "never",
     .toml = Toml::number_or_text,
     .example = "300 or \"never\"",
     .section = Section::link,
     .help = "keep connections while the line is away (300)",
     .put = &link_value<&Link::hold, parse_hold>},
    {.name = "drain",
     .argument = "SECONDS",
     .toml = Toml::number,
     .example = "10",
     .section = Section::link,
     .help = "time to deliver data before the exit (default: 10)",
     .put = &link_value<&Link::drain, parse_drain>},
    {.name = "no-queue",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::link,
     .help = "refuse clients while there is no link",
     .put = &link_flag<&Link::no_queue, true>},
    {.name = "no-wait",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::port,
     .help = "exit if SERIALPORT is not there at the start",
     .put = &link_flag<&Link::missing, io::LinePump::Missing::fail>},
    {.name = "protocol",
     .argument = "auto|2|original",
     .values = "auto 2 original",
     .toml = Toml::number_or_text,
     .example = "\"auto\"",
     .section = Section::link,
     .help = "what to speak (default: auto, as the other end)",
     .put = &link_value<&Link::protocol, parse_protocol>},
    {.name = "hello-at-prompt",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::link,
     .help = "send also where a login or shell prompt is heard",
     .put = &link_flag<&Link::at_prompt, AtPrompt::speak>},
    {.name = "no-compression",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::link,
     .help = "disable compression in both directions",
     .put = &link_flag<&Link::compression, Compression::off>},
    {.name = "half-duplex",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::link,
     .help = "the ends take turns (radio modem, two-wire RS-485)",
     .put = &link_flag<&Link::duplex, Duplex::half>},
    {.name = "key",
     .argument = "FILE",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/etc/serialtcp/cable.key\"",
     .section = Section::link,
     .help = "encrypt the link with the key that both ends have",
     .put = &link_value<&Link::key_file, parse_key_file_name>},
    {.name = "strict",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::link,
     .help = "refuse a key file that others can read or change",
     .put = &link_flag<&Link::unsafe_key_file, io::UnsafeKeyFile::refuse>},
    {.name = "config",
     .argument = "FILE",
     .suggest = Suggest::configuration,
     .beside_config = BesideConfig::yes,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = "run all cables of FILE; SIGHUP reads it again",
     .put = &file_of_run<&RunOptions::config_file>},
    {.name = "check-config",
     .argument = "FILE",
     .suggest = Suggest::configuration,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = "print what is wrong with FILE, and exit",
     .put = &file_to_check},
    {.name = "log",
     .argument = "FILE",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/var/log/serialtcp.log\"",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "write the log to FILE (default: standard error)",
     .put = &file_of_run<&RunOptions::log_file>},
    {.name = "log-format",
     .argument = "text|json|journal|original",
     .values = "text json journal original",
     .toml = Toml::text,
     .example = "\"json\"",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "how the log looks (default: text)",
     .put = &log_format},
    {.name = "verbose",
     .letter = 'v',
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "log more: services of the other end, figures",
     .put = &verbosity<Verbosity::verbose>},
    {.name = "quiet",
     .letter = 'q',
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "log only what is wrong",
     .put = &verbosity<Verbosity::quiet>},
    {.name = "debug",
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "log everything that is received from the line",
     .put = &verbosity<Verbosity::debug>},
    {.name = "ready",
     .argument = "listening|link",
     .values = "listening link",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "when systemd counts it as started (listening)",
     .put = &ready},
    {.name = "control",
     .argument = "PATH",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/run/serialtcp/rack.sock\"",
     .beside_config = BesideConfig::yes,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = kControlHelp,
     .put = &put_control_path},
    {.name = "no-control",
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = kControlHelp,
     .put = &put_no_control},
    {.name = "test-port-file",
     .argument = "FILE",
     .suggest = Suggest::file,
     .stands = Stands::hidden,
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "write the ports that are listened on to FILE",
     .put = &file_of_run<&RunOptions::test_port_file>},
    {.name = "version", .section = Section::program, .help = "print the version", .put = {}},
    {.name = "help", .letter = 'h', .section = Section::program, .help = "print this", .put = {}},
};

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

const Option* find_option(std::string_view name) {
  if (name.starts_with("--")) name.remove_prefix(2);
  const auto* const found = std::ranges::find(kOptions, name, &Option::name);
  return found != std::end(kOptions) ? found : nullptr;
}

std::string spelling(const Option& option) {
  return option.stands == Stands::by_position ? std::string(option.argument)
                                              : fmt::format("--{}", option.name);
}

bool has_key(const Option& option, Of of) {
  return option.toml != Toml::none && option.of_link() == (of == Of::one_link);
}

std::string_view expected(Toml type) {
  switch (type) {
    case Toml::none:
      break;
    case Toml::text:
      return "a string";
    case Toml::texts:
      return "a string or a list of strings";
    case Toml::integer:
      return "a whole number";
    case Toml::number:
      return "a number";
    case Toml::number_or_text:
      return "a number or a string";
    case Toml::flag:
      return "true or false";
  }
  return "";
}

bool any_given(const Given& given, Section section) {
  return std::ranges::any_of(kOptions, [&](const Option& option) {
    return option.section == section && option.repeated == Repeated::yes && given.contains(option.name);
  });
}

}  // namespace serialtcp::cli
