#include "cli/option_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>

#include "cli/stream_text.h"
#include "control/stream_target.h"
#include "net/address.h"
#include "net/target_text.h"
#include "os/text.h"
#include "port/record_output.h"
#include "serialtcp/service.h"
#include "wire/line_coding.h"

namespace serialtcp::cli {

namespace {

constexpr std::uint64_t kMaxBaud = 50'000'000;
/// Longer values are mistakes.
constexpr auto kMaxTime = std::chrono::hours(365 * 24);

using Problem = std::unexpected<std::string>;

std::optional<Duration> seconds_of(std::string_view text) {
  return io::seconds_from_text(text, kMaxTime);
}

}  // namespace

std::expected<Duration, std::string> parse_seconds(const std::string& text) {
  const auto seconds = seconds_of(text);
  if (!seconds || *seconds == Duration{})
    return Problem(fmt::format("'{}' is not a number of seconds greater than 0", text));
  return *seconds;
}

std::expected<Duration, std::string> parse_drain(const std::string& text) {
  const auto seconds = seconds_of(text);
  if (!seconds) return Problem(fmt::format("'{}' is not a number of seconds, 0 or more", text));
  return *seconds;
}

std::expected<Duration, std::string> parse_hold(const std::string& text) {
  if (text == "never") return kForever;
  const auto seconds = seconds_of(text);
  if (!seconds) return Problem(fmt::format("'{}' is not a number of seconds, 0 or more, or never", text));
  return *seconds;
}

std::expected<std::uint32_t, std::string> parse_baud(const std::string& text) {
  const auto baud = io::parse_number(text, 1, kMaxBaud);
  if (!baud) return Problem(fmt::format("'{}' is not a baud rate, a number from 1 to {}", text, kMaxBaud));
  return static_cast<std::uint32_t>(*baud);
}

std::expected<io::Climbing, std::string> parse_climb(const std::string& text) {
  using Where = io::Climbing::Where;
  if (text == "off") return io::Climbing{Where::nowhere};
  const auto most = parse_baud(text);
  if (!most)
    return Problem(
        fmt::format("'{}' is neither a baud rate, a number from 1 to {}, nor off", text, kMaxBaud));
  return io::Climbing{Where::everywhere, *most};
}

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

std::expected<io::Pin, std::string> parse_pin(const std::string& text) {
  if (text == "0") return io::Pin::low;
  if (text == "1") return io::Pin::high;
  return Problem(fmt::format("'{}' is not 0 or 1", text));
}

std::expected<Protocol, std::string> parse_protocol(const std::string& text) {
  if (text == "auto") return Protocol::automatic;
  if (text == "2") return Protocol::own;
  if (text == "original") return Protocol::original;
  return Problem(fmt::format("'{}' is not one of auto, 2, original", text));
}

std::expected<CleanLine, std::string> parse_clean(const std::string& text) {
  constexpr std::string_view kList = "escape=";
  if (text == "auto") return CleanLine{};
  if (text == "8bit") return CleanLine{.mode = CleanMode::eight_bits};
  if (text == "7bit") return CleanLine{.mode = CleanMode::seven_bits};
  CleanLine clean{.mode = CleanMode::escape};
  if (text == "escape") {
    clean.avoided = flow_control_values();
    return clean;
  }
  if (!text.starts_with(kList))
    return Problem(fmt::format("'{}' is not one of auto, 8bit, 7bit, escape, escape=LIST", text));
  std::string_view rest = std::string_view(text).substr(kList.size());
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    unsigned value = 0;
    const char* const end = rest.data() + comma;
    const auto [stopped, error] = std::from_chars(rest.data(), end, value, 16);
    if (error != std::errc{} || stopped != end || value > 0xFF)
      return Problem(
          fmt::format("'{}' is not a byte value in hexadecimal, such as 11", rest.substr(0, comma)));
    clean.avoided.set(value);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (clean.avoided.none() || clean.avoided.count() > wire::kMostEscaped)
    return Problem(fmt::format("1 to {} values are expected; for more there is 7bit", wire::kMostEscaped));
  return clean;
}

std::bitset<256> flow_control_values() {
  std::bitset<256> values;
  for (const unsigned value : {0x11U, 0x13U, 0x91U, 0x93U}) values.set(value);
  return values;
}

std::expected<LogFormat, std::string> parse_log_format(const std::string& text) {
  if (text == "text") return LogFormat::text;
  if (text == "json") return LogFormat::json;
  if (text == "journal") return LogFormat::journal;
  if (text == "original") return LogFormat::original;
  return Problem(fmt::format("'{}' is not one of text, json, journal, original", text));
}

std::expected<std::string, std::string> parse_link_name(const std::string& text) {
  if (is_service_name(text)) return text;
  return Problem(
      fmt::format("up to {} letters, digits, '.', '_' and '-' are expected", limits::kMaxServiceName));
}

std::expected<RunOptions::Ready, std::string> parse_ready(const std::string& text) {
  if (text == "listening") return RunOptions::Ready::listening;
  if (text == "link") return RunOptions::Ready::link;
  return Problem(fmt::format("'{}' is not one of listening, link", text));
}

std::expected<io::StreamRequests::Wanted, std::string> parse_stream_wanted(const std::string& text) {
  if (text.find(':') == std::string::npos) {
    if (text.empty() || is_service_name(text)) return io::StreamRequests::Wanted{.service = Purpose(text)};
    return std::unexpected(
        fmt::format("'{}' is neither HOST:PORT nor the name of a service", io::printable(text)));
  }
  const auto target = control::parse_stream_target(text);
  if (!target) return std::unexpected(target.error());
  return io::StreamRequests::Wanted{.address = io::to_address(target->host, target->port)};
}

std::expected<io::StreamRequests::Wanted, std::string> parse_session(const std::string&) {
  return session_wanted();
}

std::expected<std::string, std::string> parse_file_name(const std::string& text) {
  if (text.empty()) return Problem("the name of a file is expected");
  return text;
}

std::expected<std::uint64_t, std::string> parse_log_size(const std::string& text) {
  constexpr std::uint64_t kLeast = 4096;
  constexpr std::uint64_t kMost = 1'000'000'000'000;
  std::string digits = text;
  std::uint64_t unit = 1;
  if (digits.ends_with('k')) unit = 1024;
  if (digits.ends_with('M')) unit = std::uint64_t{1024} * 1024;
  if (unit > 1) digits.pop_back();
  const auto number = io::parse_number(digits, 1, kMost / unit);
  if (!number || *number * unit < kLeast)
    return Problem(fmt::format("'{}' is not a size of at least 4k, such as 500k or 16M", text));
  return *number * unit;
}

std::expected<std::size_t, std::string> parse_log_count(const std::string& text) {
  const auto number = io::parse_number(text, 0, io::RecordOutput::kMostOldFiles);
  if (!number)
    return Problem(fmt::format("'{}' is not a number from 0 to {}", text, io::RecordOutput::kMostOldFiles));
  return static_cast<std::size_t>(*number);
}

std::expected<std::string, std::string> parse_key_file_name(const std::string& text) {
  if (text.empty()) return Problem("a file is expected; serialtcp keygen FILE makes one");
  return text;
}

}  // namespace serialtcp::cli
