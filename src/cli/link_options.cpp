// Every value arrives as text and is judged by a function of its own, so that each message says what was
// expected.
#include "cli/link_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "net/target_text.h"

namespace serialtcp::cli {

namespace {

constexpr std::uint64_t kMaxBaud = 50'000'000;
/// A year; longer is a slip, and "never" is the default.
constexpr double kMaxSeconds = 365.0 * 24 * 3600;

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

std::expected<Duration, std::string> parse_drain(const std::string& text) {
  if (text == "0") return Duration{};
  const auto seconds = parse_seconds(text);
  if (!seconds) return Problem(fmt::format("'{}' is not a number of seconds, 0 or more", text));
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

/// Judges values one by one and keeps every complaint.
class Judge {
 public:
  template <typename T, typename Parse>
  void value(std::string_view option, const std::optional<std::string>& text, Parse parse, T& into,
             std::size_t index = 0) {
    if (!text) return;
    auto parsed = parse(*text);
    if (parsed) {
      into = std::move(*parsed);
    } else {
      mistakes_.push_back({option, index, parsed.error()});
    }
  }

  template <typename T, typename Parse>
  void values(std::string_view option, const std::vector<std::string>& texts, Parse parse,
              std::vector<T>& into) {
    for (std::size_t i = 0; i < texts.size(); ++i)
      value(option, std::optional(texts[i]), parse, into.emplace_back(), i);
  }

  /// `otherwise` is a sentence.
  void require(bool condition, std::string_view option, std::string_view otherwise, std::size_t index = 0) {
    if (!condition) mistakes_.push_back({option, index, std::string(otherwise), Mistake::Form::sentence});
  }

  const Mistakes& mistakes() const { return mistakes_; }

 private:
  Mistakes mistakes_;
};

io::Family family_of(const RawLink& raw) {
  if (raw.ipv4) return io::Family::ipv4;
  return raw.ipv6 ? io::Family::ipv6 : io::Family::any;
}

void judge_forwards(const RawLink& raw, Judge& judge, LinkOptions& link) {
  const io::Family family = family_of(raw);
  const auto forward = [family](const std::string& text) { return parse_forward_spec(text, family); };
  judge.values("--local-forward", raw.local_forwards, forward, link.local_forwards);
  judge.values("--remote-forward", raw.remote_forwards, forward, link.remote_forwards);
  const auto dynamic = [family](const std::string& text) { return parse_dynamic_spec(text, family); };
  judge.values("--dynamic-forward", raw.dynamic_forwards, dynamic, link.dynamic_forwards);
  const auto pattern = [](io::AllowedTo to) {
    return [to](const std::string& text) { return io::parse_allow_pattern(text, to); };
  };
  judge.values("--allow", raw.allowed, pattern(io::AllowedTo::connect), link.allowed);
  judge.values("--allow-listen", raw.allowed_listen, pattern(io::AllowedTo::listen), link.allowed_listen);
  link.family = family;
  judge.require(!raw.ipv4 || !raw.ipv6, "--ipv4",
                "--ipv4 and --ipv6 exclude each other: without both, IPv4 and IPv6 are used");

  const auto at_most = [&judge](std::string_view option, std::size_t count, std::size_t most) {
    judge.require(count <= most, option,
                  fmt::format("{} of {} are too many: one end can have up to {}", count, option, most), most);
  };
  at_most("--local-forward", raw.local_forwards.size(), kMaxForwards);
  at_most("--remote-forward", raw.remote_forwards.size(), kMaxForwards);
  at_most("--dynamic-forward", raw.dynamic_forwards.size(), kMaxForwards);
  at_most("--allow", raw.allowed.size(), kMaxAllowPatterns);
  at_most("--allow-listen", raw.allowed_listen.size(), kMaxAllowPatterns);
}

void judge_services(const RawLink& raw, Judge& judge, LinkOptions& link) {
  const io::Family family = family_of(raw);
  const auto server = [family](const std::string& text) { return parse_server_spec(text, family); };
  const auto client = [family](const std::string& text) { return parse_client_spec(text, family); };
  judge.values("--server", raw.servers, server, link.servers);
  judge.values("--client", raw.clients, client, link.clients);
  judge_forwards(raw, judge, link);
  if (!judge.mistakes().empty()) return;  // what has not been understood has no name, either
  if (const auto problem = conflict(link.servers, link.clients)) {
    judge.require(false, problem->option, problem->text, problem->index);
  }
}

void judge_line(const RawLink& raw, Judge& judge, LinkOptions& link) {
  judge.value("BAUDRATE", raw.baud, parse_baud, link.serial.baud);
  judge.value("--parity", raw.parity, parse_parity, link.serial.parity);
  judge.value("--stopbits", raw.stopbits, parse_stop_bits, link.serial.stop_bits);
  judge.value("--rts", raw.rts, parse_pin, link.serial.rts);
  judge.value("--dtr", raw.dtr, parse_pin, link.serial.dtr);
  if (raw.rtscts) link.serial.flow_control = io::FlowControl::rts_cts;
}

}  // namespace

Roles forward_roles(const LinkOptions& options) {
  const bool listens = !options.remote_forwards.empty() || !options.allowed_listen.empty();
  Roles roles;
  roles.server = listens || !options.local_forwards.empty() || !options.dynamic_forwards.empty();
  roles.client = listens || !options.allowed.empty();
  return roles;
}

Role original_role(const LinkOptions& options) {
  const auto has_default = [](const auto& specs) {
    return std::ranges::any_of(specs, [](const io::ServiceTerms& spec) { return spec.name.empty(); });
  };
  if (has_default(options.servers)) return Role::server;
  if (has_default(options.clients)) return Role::client;
  const bool server = !options.servers.empty() || (options.clients.empty() && forward_roles(options).server);
  return server ? Role::server : Role::client;
}

std::string Mistake::message() const {
  return form == Form::sentence ? text : fmt::format("argument {}: {}", option, text);
}

std::expected<LinkOptions, Mistakes> judge_link(const RawLink& raw) {
  Judge judge;
  LinkOptions link;
  const bool forwards = !raw.local_forwards.empty() || !raw.remote_forwards.empty() ||
                        !raw.dynamic_forwards.empty() || !raw.allowed.empty() || !raw.allowed_listen.empty();
  judge.require(
      !raw.servers.empty() || !raw.clients.empty() || forwards, "",
      "one of --server PORT, --client HOST:PORT, --local-forward, --remote-forward, --dynamic-forward, "
      "--allow and --allow-listen is required");
  judge.require(!raw.port.empty(), "SERIALPORT", "SERIALPORT is required, as in /dev/ttyUSB0");
  link.port = raw.port;
  judge_services(raw, judge, link);
  judge_line(raw, judge, link);
  judge.value("--timeout", raw.timeout, parse_seconds, link.connect_timeout);
  judge.value("--sync-timeout", raw.sync_timeout, parse_seconds, link.sync_timeout);
  judge.value("--hold", raw.hold, parse_hold, link.hold);
  judge.value("--drain", raw.drain, parse_drain, link.drain);
  judge.value("--protocol", raw.protocol, parse_protocol, link.protocol);
  judge.require(!raw.key || !raw.key->empty(), "--key",
                "--key: a file is expected; serialtcp keygen FILE makes one");
  judge.require(
      !forwards || link.protocol != Protocol::original, "--protocol",
      "--protocol original excludes --local-forward, --remote-forward, --dynamic-forward, --allow and "
      "--allow-listen: the original's protocol has only the service without a name");
  judge.require(!raw.key || link.protocol != Protocol::original, "--protocol",
                "--key and --protocol original exclude each other: the original's protocol cannot be sealed");
  judge.require(!raw.strict || raw.key, "--strict",
                "--strict says how the file of --key is to be, and there is no --key");
  if (!judge.mistakes().empty()) return std::unexpected(judge.mistakes());

  if (raw.no_wait) link.missing = io::LinePump::Missing::fail;
  link.no_queue = raw.no_queue;
  if (raw.hello_at_prompt) link.at_prompt = AtPrompt::speak;
  if (raw.no_compression) link.compression = Compression::off;
  if (raw.half_duplex) link.duplex = Duplex::half;
  link.key_file = raw.key;
  if (raw.strict) link.unsafe_key_file = io::UnsafeKeyFile::refuse;
  return link;
}

}  // namespace serialtcp::cli
