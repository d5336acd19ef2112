// Every value arrives as text and is judged by a function of its own, so that each message says what was
// expected.
#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>
#include <vector>

#include "cli/service_spec.h"
#include "io/target_text.h"

namespace serialtcp::cli {

namespace {

constexpr std::uint64_t kMaxBaud = 50'000'000;
/// A year; longer is a slip, and "never" is the default.
constexpr double kMaxSeconds = 365.0 * 24 * 3600;

/// The command line as text, before it is judged.
struct RawOptions {
  std::vector<std::string> servers, clients;
  std::optional<std::string> parity, stopbits, rts, dtr, timeout, sync_timeout, hold, protocol, key, log,
      test_port_file;
  bool rtscts = false, no_wait = false, no_compression = false, ipv6 = false, debug = false, strict = false,
       help = false, version = false;
  std::vector<std::string> positional;
};

void declare(CLI::App& app, RawOptions& raw) {
  app.set_help_flag();  // --help is ours
  app.allow_extras();   // positional arguments and mistakes, told apart below
  const auto value = [&app](const char* names, std::optional<std::string>& into) {
    app.add_option_function<std::string>(names, [&into](const std::string& text) { into = text; })
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  };
  const auto values = [&app](const char* names, std::vector<std::string>& into) {
    const auto take = [&into](const CLI::results_t& texts) {
      into = texts;
      return true;
    };
    app.add_option(names, take)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  values("-s,--server", raw.servers);
  values("-c,--client", raw.clients);
  value("--parity", raw.parity);
  value("--stopbits", raw.stopbits);
  value("--rts", raw.rts);
  value("--dtr", raw.dtr);
  value("--timeout", raw.timeout);
  value("--sync-timeout", raw.sync_timeout);
  value("--hold", raw.hold);
  value("--protocol", raw.protocol);
  value("--key", raw.key);
  value("--log", raw.log);
  value("--test-port-file", raw.test_port_file);
  app.add_flag("--rtscts", raw.rtscts);
  app.add_flag("--no-wait", raw.no_wait);
  app.add_flag("--no-compression", raw.no_compression);
  app.add_flag("-6,--ipv6", raw.ipv6);
  app.add_flag("--debug", raw.debug);
  app.add_flag("--strict", raw.strict);
  app.add_flag("-h,--help", raw.help);
  app.add_flag("--version", raw.version);
}

/// As argparse does: "--sync 5" means --sync-timeout 5, as long as only one option begins so. A value after
/// an equals sign becomes a word of its own, so that an empty one is a value, too.
std::vector<std::string> spelled_out(const CLI::App& app, const std::string& argument) {
  if (!argument.starts_with("--")) return {argument};
  const std::size_t equals = std::min(argument.find('='), argument.size());
  const std::string name = argument.substr(2, equals - 2);
  std::vector<const CLI::Option*> candidates;
  for (const CLI::Option* option : app.get_options()) {
    const std::string& full = option->get_lnames().front();
    if (full == name) candidates.clear();  // no matter what else begins so
    if (full.starts_with(name)) candidates.push_back(option);
    if (full == name) break;
  }
  if (name.empty() || candidates.size() != 1) return {argument};
  const std::string full = "--" + candidates.front()->get_lnames().front();
  if (equals == argument.size()) return {full};
  if (candidates.front()->get_items_expected_max() == 0) return {full + argument.substr(equals)};
  return {full, argument.substr(equals + 1)};
}

bool is_number(std::string_view text) {
  return text.size() > 1 && text[0] == '-' && std::isdigit(static_cast<unsigned char>(text[1])) != 0;
}

/// Nothing, or what is wrong.
std::optional<UsageError> split(std::span<const char* const> arguments, RawOptions& raw) {
  CLI::App app;
  declare(app, raw);
  std::vector<std::string> words;
  bool only_positional = false;
  std::vector<std::string> after_dashes;
  for (const char* argument : arguments) {
    if (only_positional) {
      after_dashes.emplace_back(argument);
    } else if (std::string_view(argument) == "--") {
      only_positional = true;
    } else {
      for (std::string& word : spelled_out(app, argument)) words.push_back(std::move(word));
    }
  }
  std::reverse(words.begin(), words.end());  // CLI11 takes them last first
  try {
    app.parse(words);
  } catch (const CLI::ArgumentMismatch& error) {
    // "--log: 1 required TEXT missing": only the name is of use.
    const std::string_view text = error.what();
    return UsageError{fmt::format("argument {}: a value is expected", text.substr(0, text.find(':')))};
  } catch (const CLI::ParseError& error) {
    return UsageError{error.what()};
  }
  raw.positional = app.remaining();
  raw.positional.insert(raw.positional.end(), after_dashes.begin(), after_dashes.end());
  for (const std::string& word : app.remaining()) {
    const bool option = word.size() > 1 && word[0] == '-' && !is_number(word);
    if (option) return UsageError{fmt::format("there is no option {}", word)};
  }
  return std::nullopt;
}

// ---- Values ----

using Problem = std::unexpected<std::string>;

std::expected<io::Parity, std::string> parse_parity(const std::string& text) {
  static constexpr std::string_view kLetters = "NEOSM";
  static constexpr io::Parity kParities[] = {io::Parity::none, io::Parity::even, io::Parity::odd,
                                             io::Parity::space, io::Parity::mark};
  if (text.size() == 1) {
    const char letter = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    const std::size_t index = kLetters.find(letter);
    if (index != std::string_view::npos) return kParities[index];
  }
  return Problem(fmt::format("'{}' is not one of N, E, O, S, M", text));
}

std::expected<io::StopBits, std::string> parse_stop_bits(const std::string& text) {
  if (text == "1") return io::StopBits::one;
  if (text == "1.5") return io::StopBits::one_and_a_half;
  if (text == "2") return io::StopBits::two;
  return Problem(fmt::format("'{}' is not one of 1, 1.5, 2", text));
}

std::expected<std::optional<io::Pin>, std::string> parse_pin(const std::string& text) {
  if (text == "0") return io::Pin::low;
  if (text == "1") return io::Pin::high;
  return Problem(fmt::format("'{}' is not 0 or 1", text));
}

std::expected<Duration, std::string> parse_seconds(const std::string& text) {
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc{} || stop != end || !(seconds > 0) || seconds > kMaxSeconds) {
    return Problem(fmt::format("'{}' is not a number of seconds greater than 0", text));
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

std::expected<Duration, std::string> parse_hold(const std::string& text) {
  if (text == "never") return kForever;
  if (text == "0") return Duration{};
  const auto seconds = parse_seconds(text);
  if (!seconds) return Problem(fmt::format("'{}' is not a number of seconds, 0 or more, or never", text));
  return *seconds;
}

std::expected<Protocol, std::string> parse_protocol(const std::string& text) {
  if (text == "auto") return Protocol::automatic;
  if (text == "2") return Protocol::own;
  if (text == "original") return Protocol::original;
  return Problem(fmt::format("'{}' is not one of auto, 2, original", text));
}

std::expected<std::uint32_t, std::string> parse_baud(const std::string& text) {
  const auto baud = io::parse_number(text, 1, kMaxBaud);
  if (!baud) return Problem(fmt::format("'{}' is not a baud rate, a number from 1 to {}", text, kMaxBaud));
  return static_cast<std::uint32_t>(*baud);
}

/// Judges values one by one and keeps the first complaint.
class Judge {
 public:
  template <typename T, typename Parse>
  void value(std::string_view name, const std::optional<std::string>& text, Parse parse, T& into) {
    if (!text || error_) return;
    auto parsed = parse(*text);
    if (parsed) {
      into = std::move(*parsed);
    } else {
      error_ = UsageError{fmt::format("argument {}: {}", name, parsed.error())};
    }
  }

  template <typename T, typename Parse>
  void values(std::string_view name, const std::vector<std::string>& texts, Parse parse,
              std::vector<T>& into) {
    for (const std::string& text : texts) value(name, std::optional(text), parse, into.emplace_back());
  }

  void require(bool condition, std::string_view otherwise) {
    if (!condition && !error_) error_ = UsageError{std::string(otherwise)};
  }

  const std::optional<UsageError>& error() const { return error_; }

 private:
  std::optional<UsageError> error_;
};

std::expected<RunOptions, UsageError> judge(const RawOptions& raw) {
  Judge judge;
  RunOptions options;
  LinkOptions& link = options.link;
  judge.require(!raw.servers.empty() || !raw.clients.empty(),
                "one of --server PORT and --client HOST:PORT is required");
  judge.require(!raw.positional.empty() && !raw.positional[0].empty(),
                "SERIALPORT is required, as in /dev/ttyUSB0");
  judge.require(
      raw.positional.size() <= 2,
      raw.positional.size() <= 2
          ? ""
          : fmt::format("'{}' is too much: only SERIALPORT and BAUDRATE stand alone", raw.positional[2]));
  if (judge.error()) return std::unexpected(*judge.error());

  const io::Family family = raw.ipv6 ? io::Family::ipv6 : io::Family::ipv4;
  const auto server = [family](const std::string& text) { return parse_server_spec(text, family); };
  const auto client = [family](const std::string& text) { return parse_client_spec(text, family); };
  judge.values("--server", raw.servers, server, link.servers);
  judge.values("--client", raw.clients, client, link.clients);
  if (const auto problem = conflict(link.servers, link.clients)) judge.require(false, *problem);
  link.port = raw.positional[0];
  const auto baud = raw.positional.size() > 1 ? std::optional(raw.positional[1]) : std::nullopt;
  judge.value("BAUDRATE", baud, parse_baud, link.serial.baud);
  judge.value("--parity", raw.parity, parse_parity, link.serial.parity);
  judge.value("--stopbits", raw.stopbits, parse_stop_bits, link.serial.stop_bits);
  judge.value("--rts", raw.rts, parse_pin, link.serial.rts);
  judge.value("--dtr", raw.dtr, parse_pin, link.serial.dtr);
  judge.value("--timeout", raw.timeout, parse_seconds, link.connect_timeout);
  judge.value("--sync-timeout", raw.sync_timeout, parse_seconds, link.sync_timeout);
  judge.value("--hold", raw.hold, parse_hold, link.hold);
  judge.value("--protocol", raw.protocol, parse_protocol, link.protocol);
  judge.require(!raw.key || !raw.key->empty(), "--key: a file is expected; serialtcp keygen FILE makes one");
  judge.require(!raw.key || link.protocol != Protocol::original,
                "--key and --protocol original exclude each other: the original's protocol cannot be sealed");
  judge.require(!raw.strict || raw.key,
                "--strict says how the file of --key is to be, and there is no --key");
  if (judge.error()) return std::unexpected(*judge.error());

  if (raw.no_wait) link.missing = io::LinePump::Missing::fail;
  if (raw.rtscts) link.serial.flow_control = io::FlowControl::rts_cts;
  if (raw.no_compression) link.compression = Compression::off;
  if (raw.debug) options.verbosity = Verbosity::debug;
  link.key_file = raw.key;
  if (raw.strict) link.others_may_read = io::OthersMayRead::refuse;
  options.log_file = raw.log;
  options.test_port_file = raw.test_port_file;
  return options;
}

}  // namespace

Parsed parse_options(std::span<const char* const> arguments) {
  RawOptions raw;
  const auto mistake = split(arguments, raw);
  if (raw.help) return std::unexpected(Answer{help_text()});
  if (raw.version) return std::unexpected(Answer{"serialtcp " SERIALTCP_VERSION "\n"});
  if (mistake) return std::unexpected(*mistake);
  auto options = judge(raw);
  if (!options) return std::unexpected(options.error());
  return *options;
}

}  // namespace serialtcp::cli
