#include "cli/cable_uart_options.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cli/cable_values.h"

namespace serialtcp::cli {

namespace {

constexpr std::size_t kMostRules = 100;
constexpr double kPercent = 10'000;  // in ppm

CableResult set_clock(sim::Uart& uart, const CableChange& to) {
  std::string_view text = to.value;
  double unit = 0;
  for (const auto& [suffix, ppm] : {std::pair<std::string_view, double>{"%", kPercent}, {"ppm", 1}}) {
    if (!text.ends_with(suffix)) continue;
    unit = ppm;
    text.remove_suffix(suffix.size());
  }
  const auto number = to.value == "0" ? std::optional(0.0)
                      : unit > 0      ? parse_value<double>(text)
                                      : std::nullopt;
  const double error = number.value_or(0) * unit;
  if (!number || !(std::abs(error) <= sim::Uart::kMaxClockError))
    return expected(to.name, to.value, "percents or millionths, such as -1.5% or 300ppm, at most 20%");
  uart.clock_error = static_cast<std::int32_t>(std::lround(error));
  return {};
}

std::optional<std::uint32_t> parse_speed(std::string_view text) {
  const auto number = parse_value<std::uint32_t>(text);
  return number && *number > 0 && *number <= sim::kMaxBaud ? number : std::nullopt;
}

/// "921600=no", "1000000+=no", "1000000=921600" or "1500000~1400000"
std::optional<sim::SpeedRule> parse_rule(std::string_view text) {
  using Then = sim::SpeedRule::Then;
  const std::size_t sign = text.find_first_of("=~");
  if (sign == std::string_view::npos) return std::nullopt;
  std::string_view asked = text.substr(0, sign);
  const std::string_view result = text.substr(sign + 1);
  const bool open_ended = asked.ends_with('+');
  if (open_ended) asked.remove_suffix(1);
  const auto first = parse_speed(asked);
  if (!first) return std::nullopt;
  sim::SpeedRule rule{.first = *first, .last = open_ended ? sim::kMaxBaud : *first};
  if (text[sign] == '=' && result == "no") return rule;
  const auto speed = parse_speed(result);
  if (!speed) return std::nullopt;
  rule.then = text[sign] == '~' ? Then::divides : Then::takes;
  rule.speed = *speed;
  return rule;
}

CableResult set_speeds(sim::Uart& uart, const CableChange& to) {
  std::vector<sim::SpeedRule> rules;
  const bool none = to.value == "none";
  std::string_view rest = none ? std::string_view{} : to.value;
  while (!rest.empty() && rules.size() < kMostRules) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto rule = parse_rule(rest.substr(0, comma));
    if (!rule) break;
    rules.push_back(*rule);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (!rest.empty() || (rules.empty() && !none))
    return expected(
        to.name, to.value,
        "at most 100 of 921600=no, 1000000=921600, 1500000~1400000 or 1000000+=no, with commas, or none");
  uart.rules = std::move(rules);
  return {};
}

CableResult set_output(sim::Contact& output, const CableChange& to) {
  using sim::Contact;
  for (const auto& [word, contact] : {std::pair<std::string_view, Contact>{"joined", Contact::joined},
                                      {"open", Contact::open},
                                      {"low", Contact::low}}) {
    if (to.value != word) continue;
    output = contact;
    return {};
  }
  return expected(to.name, to.value, "joined, open or low");
}

}  // namespace

CableResult set_clock_a(const CableChange& to) {
  return set_clock(to.settings.uarts[0], to);
}

CableResult set_clock_b(const CableChange& to) {
  return set_clock(to.settings.uarts[1], to);
}

CableResult set_speeds_a(const CableChange& to) {
  return set_speeds(to.settings.uarts[0], to);
}

CableResult set_speeds_b(const CableChange& to) {
  return set_speeds(to.settings.uarts[1], to);
}

CableResult set_limits(const CableChange& to) {
  const std::size_t colon = to.value.find(':');
  const auto a = parse_value<std::uint32_t>(to.value.substr(0, colon));
  const auto b = colon == std::string_view::npos ? a : parse_value<std::uint32_t>(to.value.substr(colon + 1));
  if (!a || !b || *a > sim::kMaxBaud || *b > sim::kMaxBaud)
    return expected(to.name, to.value,
                    "bits per second, one number or one for each way, such as 1000000:500000, or 0");
  to.settings.limits = {*a, *b};
  return {};
}

CableResult set_fifo(const CableChange& to) {
  sim::ReceiveFifoConfig fifo = to.settings.fifo;
  const std::size_t colon = to.value.find(':');
  const auto size = parse_value<std::uint32_t>(to.value.substr(0, colon));
  if (size == 0U && colon == std::string_view::npos) {
    fifo.late = 0;
    to.settings.fifo = fifo;
    return {};
  }
  const auto pair = colon != std::string_view::npos ? parse_pair(to.value.substr(colon + 1)) : std::nullopt;
  const auto time = pair ? parse_milliseconds(pair->rest) : std::nullopt;
  if (!size || *size == 0 || *size > kMaxRun || !pair || !time)
    return expected(to.name, to.value, "bytes, a probability and milliseconds, such as 16:1e-4:2, or 0");
  fifo.size = *size;
  fifo.late = pair->probability;
  fifo.late_time = *time;
  to.settings.fifo = fifo;
  return {};
}

CableResult set_output_a(const CableChange& to) {
  return set_output(to.settings.outputs[0], to);
}

CableResult set_output_b(const CableChange& to) {
  return set_output(to.settings.outputs[1], to);
}

CableResult set_ground(const CableChange& to) {
  using Ground = io::CableSettings::Ground;
  if (to.value != "joined" && to.value != "missing") return expected(to.name, to.value, "joined or missing");
  to.settings.ground = to.value == "joined" ? Ground::joined : Ground::missing;
  return {};
}

CableResult set_flow_wires(const CableChange& to) {
  using Wires = io::CableSettings::FlowWires;
  for (const auto& [word, wires] : {std::pair<std::string_view, Wires>{"joined", Wires::joined},
                                    {"looped", Wires::looped},
                                    {"missing", Wires::missing}}) {
    if (to.value != word) continue;
    to.settings.flow_wires = wires;
    return {};
  }
  return expected(to.name, to.value, "joined, looped or missing");
}

}  // namespace serialtcp::cli
