#include "cli/test_options.h"

#include <fmt/format.h>

#include <utility>

#include "cli/command_words.h"
#include "cli/option_values.h"

namespace serialtcp::cli {

namespace {

using TestProblem = std::optional<std::string>;

template <auto kMember, auto kParse>
TestProblem put_test_serial(TestConfig& config, const std::string& text) {
  auto value = kParse(text);
  if (!value) return std::move(value.error());
  config.wish.serial.*kMember = std::move(*value);
  return std::nullopt;
}

template <io::FlowControl kFlow>
TestProblem put_test_flow(TestConfig& config, const std::string&) {
  io::FlowControl& now = config.wish.serial.flow_control;
  if (now != io::FlowControl::none && now != kFlow) return "--rtscts and --xonxoff exclude each other";
  now = kFlow;
  return std::nullopt;
}

template <auto kMember>
TestProblem put_test_flag(TestConfig& config, const std::string&) {
  config.wish.*kMember = true;
  return std::nullopt;
}

TestProblem put_test_time(TestConfig& config, const std::string& text) {
  const auto seconds = parse_seconds(text);
  if (!seconds) return seconds.error();
  config.wish.lasts = *seconds;
  return std::nullopt;
}

TestProblem put_test_json(TestConfig& config, const std::string&) {
  config.json = true;
  return std::nullopt;
}

TestProblem put_test_key(TestConfig& config, const std::string& text) {
  auto name = parse_key_file_name(text);
  if (!name) return std::move(name.error());
  config.key_file = std::move(*name);
  return std::nullopt;
}

constexpr TestOption kTestOptions[] = {
    {"loopback", "",
     "RX and TX are joined at the end of the cable: send all byte values, and see what comes back",
     &put_test_flag<&doctor::Wish::loopback>},
    {"rungs", "", "at all speeds that both ends can do, too; of a loopback, at all usual ones",
     &put_test_flag<&doctor::Wish::rungs>},
    {"fix", "", "set what can be set: the latency timer of an adapter", &put_test_flag<&doctor::Wish::fix>},
    {"for", "SECONDS", "test the line between two of ours for so long (default: 10)", &put_test_time},
    {"json", "", "print one line of JSON, at the end", &put_test_json},
    {"key", "FILE", "the key of the other end", &put_test_key},
    {"parity", "N|E|O|S|M", "none, even, odd, space or mark (default: N)",
     &put_test_serial<&io::SerialSettings::parity, &parse_parity>},
    {"stopbits", "1|1.5|2", "stop bits (default: 1)",
     &put_test_serial<&io::SerialSettings::stop_bits, &parse_stop_bits>},
    {"rtscts", "", "hardware flow control", &put_test_flow<io::FlowControl::rts_cts>},
    {"xonxoff", "", "software flow control", &put_test_flow<io::FlowControl::xon_xoff>},
};

void add_test_option(CommandWords& words, TestConfig& config, const TestOption& option) {
  const std::string name = fmt::format("--{}", option.name);
  words.add({.name = name,
             .value = std::string(option.value),
             .help = std::string(option.help),
             .put = [&config, &option, name](const std::string& text) -> TestProblem {
               if (const auto problem = option.put(config, text))
                 return fmt::format("argument {}: {}", name, *problem);
               return std::nullopt;
             }});
}

constexpr std::string_view kTestAbout =
    "Says what is true of a serial port and of what is at its other end, a fact a line, and what to do about each fault.\n"
    "It opens the port once, and takes the place of this end: end the serialtcp that has the port first. At the other\n"
    "end, nothing special is needed: any serialtcp, a console, a device. Nothing is typed at a prompt.\n"
    "Exit status: 0 fine; 1 faults; 2 it could not be tested.";

}  // namespace

std::span<const TestOption> test_options() {
  return kTestOptions;
}

std::expected<TestConfig, std::variant<TestHelp, std::string>> parse_test_options(
    std::span<const char* const> args) {
  TestConfig config;
  std::string baud;
  CommandWords words;
  words.add({.name = "SERIALPORT",
             .help = "a device, or another line that serialtcp can have",
             .to = &config.wish.port});
  words.add(
      {.name = "BAUDRATE", .help = "bits per second (default: 115200)", .required = false, .to = &baud});
  for (const TestOption& option : kTestOptions) add_test_option(words, config, option);
  const auto mistake = words.parse(args);
  if (words.wants_help()) return std::unexpected(TestHelp{words.help("serialtcp test", kTestAbout)});
  if (mistake) return std::unexpected(*mistake);
  if (!baud.empty()) {
    const auto number = parse_baud(baud);
    if (!number) return std::unexpected(fmt::format("argument BAUDRATE: {}", number.error()));
    config.wish.serial.baud = *number;
  }
  return config;
}

}  // namespace serialtcp::cli
