#include "cli/console_options.h"

#include <fmt/format.h>

#include <utility>

#include "cli/command_words.h"
#include "cli/option_values.h"
#include "net/target_text.h"
#include "os/expression.h"
#include "port/rs485.h"

namespace serialtcp::cli {

namespace {

using console::ConsoleConfig;
using ConsoleProblem = std::optional<std::string>;

template <auto kMember, auto kParse>
ConsoleProblem put_console_serial(ConsoleConfig& config, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  config.serial.*kMember = std::move(*value);
  config.settings = io::LineUse::Settings::chosen;
  return std::nullopt;
}

/// One that is set without the others being set.
template <auto kMember>
ConsoleProblem put_console_pin(ConsoleConfig& config, const std::string& text) {
  auto pin = parse_pin(text);
  if (!pin) return std::move(pin.error());
  config.serial.*kMember = *pin;
  return std::nullopt;
}

ConsoleProblem put_console_data_bits(ConsoleConfig& config, const std::string& text) {
  const auto bits = io::parse_number(text, 5, 8);
  if (!bits) return fmt::format("'{}' is not one of 5, 6, 7, 8", text);
  config.serial.data_bits = static_cast<std::uint8_t>(*bits);
  config.settings = io::LineUse::Settings::chosen;
  return std::nullopt;
}

template <io::FlowControl kFlow>
ConsoleProblem put_console_flow(ConsoleConfig& config, const std::string&) {
  io::FlowControl& now = config.serial.flow_control;
  if (now != io::FlowControl::none && now != kFlow) return "--rtscts and --xonxoff exclude each other";
  now = kFlow;
  config.settings = io::LineUse::Settings::chosen;
  return std::nullopt;
}

template <auto kMember>
ConsoleProblem put_console_flag(ConsoleConfig& config, const std::string&) {
  config.*kMember = true;
  return std::nullopt;
}

template <auto kMember>
ConsoleProblem put_console_seconds(ConsoleConfig& config, const std::string& text) {
  const auto seconds = parse_seconds(text);
  if (!seconds) return seconds.error();
  config.*kMember = *seconds;
  return std::nullopt;
}

ConsoleProblem put_console_log(ConsoleConfig& config, const std::string& text) {
  auto name = parse_file_name(text);
  if (!name) return std::move(name.error());
  config.log = std::move(*name);
  return std::nullopt;
}

ConsoleProblem put_console_log_size(ConsoleConfig& config, const std::string& text) {
  const auto size = parse_log_size(text);
  if (!size) return size.error();
  config.log_rules.most = *size;
  return std::nullopt;
}

ConsoleProblem put_console_log_count(ConsoleConfig& config, const std::string& text) {
  const auto count = parse_log_count(text);
  if (!count) return count.error();
  config.log_rules.old_files = *count;
  return std::nullopt;
}

ConsoleProblem put_console_control(ConsoleConfig& config, const std::string& text) {
  config.control = text;
  return std::nullopt;
}

ConsoleProblem put_escape(ConsoleConfig& config, const std::string& text) {
  const auto key = console::key_from_text(text);
  if (!key) return fmt::format("'{}' is no key: write ctrl-a, ^A or one character", text);
  config.escape = *key;
  return std::nullopt;
}

ConsoleProblem put_expect(ConsoleConfig& config, const std::string& text) {
  if (text.empty()) return "a regular expression is expected, as in 'login: $'";
  if (text.size() > io::Expression::kMaxPattern)
    return fmt::format("it has more than {} characters", io::Expression::kMaxPattern);
  if (std::string problem = io::Expression(text).problem(); !problem.empty()) return problem;
  config.expect = text;
  return std::nullopt;
}

constexpr ConsoleOption kConsoleOptions[] = {
    {"read-only", "", "send nothing, and change no pin", &put_console_flag<&ConsoleConfig::read_only>},
    {"log", "FILE", "append to FILE what arrives", &put_console_log},
    {"log-size", "SIZE", "when FILE has this size, rename it to FILE.1 and begin anew (default: 16M)",
     &put_console_log_size},
    {"log-count", "N", "keep this many of the renamed files (default: 1)", &put_console_log_count},
    {"timestamp", "", "put the time before each line, on the screen and in the log",
     &put_console_flag<&ConsoleConfig::timestamp>},
    {"for", "SECONDS", "end after this time", &put_console_seconds<&ConsoleConfig::lasts>},
    {"expect", "REGEX", "end when a text that fits has arrived (POSIX, extended)", &put_expect},
    {"timeout", "SECONDS", "with --expect: end with status 3 after this time",
     &put_console_seconds<&ConsoleConfig::timeout>},
    {"escape", "KEY", "the key before commands (default: ctrl-])", &put_escape},
    {"control", "PATH", "for a name: ask the process that listens there, and no other", &put_console_control},
    {"no-wait", "", "end if it cannot be opened at once", &put_console_flag<&ConsoleConfig::no_wait>},
    {"bytesize", "5|6|7|8", "data bits (default: 8)", &put_console_data_bits},
    {"parity", "N|E|O|S|M", "none, even, odd, space or mark (default: N)",
     &put_console_serial<&io::SerialSettings::parity, &parse_parity>},
    {"stopbits", "1|1.5|2", "stop bits (default: 1)",
     &put_console_serial<&io::SerialSettings::stop_bits, &parse_stop_bits>},
    {"rtscts", "", "hardware flow control", &put_console_flow<io::FlowControl::rts_cts>},
    {"xonxoff", "", "software flow control", &put_console_flow<io::FlowControl::xon_xoff>},
    {"rts", "0|1", "set this pin when the port is opened (default: it stays as it is)",
     &put_console_pin<&io::SerialSettings::rts>},
    {"dtr", "0|1", "the same", &put_console_pin<&io::SerialSettings::dtr>},
    {"rs485", "SETTINGS", "the driver switches an RS-485 transceiver, as without console",
     &put_console_serial<&io::SerialSettings::rs485, &io::parse_rs485>},
};

void add_console_option(CommandWords& words, ConsoleConfig& config, const ConsoleOption& option) {
  const std::string name = fmt::format("--{}", option.name);
  words.add({.name = name,
             .value = std::string(option.value),
             .help = std::string(option.help),
             .put = [&config, &option, name](const std::string& text) -> std::optional<std::string> {
               if (const auto problem = option.put(config, text))
                 return fmt::format("argument {}: {}", name, *problem);
               return std::nullopt;
             }});
}

constexpr std::string_view kConsoleAbout =
    "A terminal at a serial port, at a connection that replaces one, or at a port that a running serialtcp has.\n"
    "Ctrl-] and then: q quit, b break, d DTR, r RTS, l log, t times, s status, ? help; Ctrl-] twice sends it.\n"
    "Without a terminal, standard input is sent as it is, and what arrives is printed.\n"
    "Exit status: 0 as was asked for; 1 cannot open; 2 wrong usage; 3 --expect has not come.";

/// What is wrong with the whole; empty if nothing.
std::string judge_console(const ConsoleConfig& config) {
  if (config.timeout && !config.expect) return "--timeout is how long --expect waits: without it, use --for";
  if (config.lasts && config.expect)
    return "--for and --expect exclude each other: --timeout limits --expect";
  return "";
}

}  // namespace

std::span<const ConsoleOption> console_options() {
  return kConsoleOptions;
}

std::expected<ConsoleConfig, std::variant<ConsoleHelp, std::string>> parse_console_options(
    std::span<const char* const> args) {
  ConsoleConfig config;
  std::string baud;
  CommandWords words;
  words.add(
      {.name = "LINE",
       .help =
           "a device, HOST:PORT, telnet://HOST:PORT, rfc2217://HOST:PORT, or the name of a service or a link",
       .to = &config.place});
  words.add({.name = "BAUDRATE",
             .help = "bits per second (default: 115200; of a serial server: as it is)",
             .required = false,
             .to = &baud});
  for (const ConsoleOption& option : kConsoleOptions) add_console_option(words, config, option);
  const auto mistake = words.parse(args);
  if (words.wants_help()) return std::unexpected(ConsoleHelp{words.help("serialtcp console", kConsoleAbout)});
  if (mistake) return std::unexpected(*mistake);
  if (!baud.empty()) {
    const auto number = parse_baud(baud);
    if (!number) return std::unexpected(fmt::format("argument BAUDRATE: {}", number.error()));
    config.serial.baud = *number;
    config.settings = io::LineUse::Settings::chosen;
  }
  if (std::string problem = judge_console(config); !problem.empty())
    return std::unexpected(std::move(problem));
  return config;
}

}  // namespace serialtcp::cli
