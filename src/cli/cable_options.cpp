#include "cli/cable_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "cli/cable_uart_options.h"
#include "cli/cable_values.h"

namespace serialtcp::cli {

namespace {

using Result = CableResult;

constexpr std::size_t kMostHexBytes = 8;
constexpr std::uint32_t kMaxCount = 10'000'000;

Result set_baud(io::CableSettings& settings, std::string_view value) {
  if (value == "termios") {
    settings.baud.reset();
    return {};
  }
  const auto number = parse_value<std::uint32_t>(value);
  if (!number || *number > sim::kMaxBaud) {
    return expected("baud", value,
                    "bits per second such as 115200, 0 for no limit, or termios for what each end sets");
  }
  settings.baud = number;
  return {};
}

Result set_probability(double& target, std::string_view name, std::string_view value) {
  const auto number = parse_probability(value);
  if (!number) return expected(name, value, "a probability from 0 to 1, such as 1e-5");
  target = *number;
  return {};
}

Result set_time(Duration& target, std::string_view name, std::string_view value) {
  const auto time = parse_milliseconds(value);
  if (!time) return expected(name, value, "milliseconds, such as 16 or 0.5, at most an hour");
  target = *time;
  return {};
}

Result set_burst(sim::Faults& faults, std::string_view value) {
  const auto pair = parse_pair(value);
  const std::uint32_t length =
      pair && !pair->rest.empty() ? parse_value<std::uint32_t>(pair->rest).value_or(0) : faults.burst_length;
  if (!pair || length == 0 || length > kMaxRun) {
    return expected("burst", value, "a probability and a number of bytes, such as 1e-5:30, or 0");
  }
  faults.burst = pair->probability;
  faults.burst_length = length;
  return {};
}

Result set_stall(sim::Faults& faults, std::string_view value) {
  const auto pair = parse_pair(value);
  const auto time = pair && !pair->rest.empty() ? parse_milliseconds(pair->rest) : faults.stall_time;
  if (!pair || !time) {
    return expected("stall", value, "a probability and milliseconds, such as 1e-4:50, or 0");
  }
  faults.stall = pair->probability;
  faults.stall_time = *time;
  return {};
}

Result set_lumps(sim::Lumps& lumps, std::string_view value) {
  const auto bad = [&] {
    return expected("lumps", value,
                    "milliseconds, and after colons, if wanted, how much they vary (0 to 1) and a number "
                    "of bytes, such as 50, 120:0.5 or 40:0:1460");
  };
  sim::Lumps wanted;
  const std::size_t colon = value.find(':');
  const auto every = parse_milliseconds(value.substr(0, colon));
  if (!every) return bad();
  wanted.every = *every;
  if (colon != std::string_view::npos) {
    const std::string_view rest = value.substr(colon + 1);
    const std::size_t second = rest.find(':');
    const auto jitter = parse_probability(rest.substr(0, second));
    const auto size = second == std::string_view::npos ? std::optional<std::uint32_t>(0)
                                                       : parse_value<std::uint32_t>(rest.substr(second + 1));
    if (!jitter || !size) return bad();
    wanted.jitter = *jitter;
    wanted.size = *size;
  }
  lumps = wanted;
  return {};
}

Result set_wake(sim::Faults& faults, std::string_view value) {
  const std::size_t colon = value.find(':');
  const auto bytes = parse_value<std::uint32_t>(value.substr(0, colon));
  const auto silence = colon == std::string_view::npos ? std::optional(faults.wake_silence)
                                                       : parse_milliseconds(value.substr(colon + 1));
  const bool off = bytes == 0U && colon == std::string_view::npos;
  if (!bytes || *bytes > kMaxRun || !silence || (colon == std::string_view::npos && !off)) {
    return expected("wake", value, "a number of bytes and milliseconds of silence, such as 8:20, or 0");
  }
  faults.wake_bytes = *bytes;
  faults.wake_silence = *silence;
  return {};
}

std::optional<Byte> parse_hex(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (text.size() != 2 || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<Byte>(number);
}

/// "0a=0d0a", or "0a:0d0a"
std::optional<sim::Alteration> parse_alteration(std::string_view text) {
  const bool separated = text.size() >= 3 && (text[2] == '=' || text[2] == ':');
  if (!separated || text.size() > 3 + kMostHexBytes * 2 || text.size() % 2 == 0) return std::nullopt;
  const auto value = parse_hex(text.substr(0, 2));
  if (!value) return std::nullopt;
  sim::Alteration alteration{*value};
  for (std::size_t i = 3; i < text.size(); i += 2) {
    const auto byte = parse_hex(text.substr(i, 2));
    if (!byte) return std::nullopt;
    alteration.becomes.push_back(*byte);
  }
  return alteration;
}

Result set_map(sim::Faults& faults, std::string_view value) {
  std::vector<sim::Alteration> alterations;
  bool strip = false;
  std::string_view rest = value == "none" ? std::string_view{} : value;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (item == "strip") {
      strip = true;
      continue;
    }
    const auto alteration = parse_alteration(item);
    const bool again = alteration && std::ranges::any_of(alterations, [&](const sim::Alteration& other) {
                         return other.value == alteration->value;
                       });
    if (!alteration || again) {
      return expected("map", value,
                      "byte values and what they become in hexadecimal, each once, such as 13=, 0a=0d0a "
                      "or ff=ffff,13=; strip; or none");
    }
    alterations.push_back(*alteration);
  }
  if (value.empty()) return expected("map", value, "such as 13= or 0a=0d0a, or none");
  faults.alterations = std::move(alterations);
  faults.strip = strip;
  return {};
}

Result set_eaten(std::vector<Byte>& eaten, std::string_view value) {
  std::vector<Byte> wanted;
  std::string_view rest = value == "none" ? std::string_view{} : value;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const auto byte = parse_hex(rest.substr(0, comma));
    if (!byte) break;
    wanted.push_back(*byte);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (value.empty() || !rest.empty())
    return expected("eat", value, "byte values in hexadecimal, such as 11,13, or none");
  eaten = std::move(wanted);
  return {};
}

/// On the command line without a value, while it runs with one.
Result set_flag(bool& target, std::string_view name, std::string_view value) {
  if (!value.empty() && value != "on" && value != "off") return expected(name, value, "on or off");
  target = value != "off";
  return {};
}

Result set_half_duplex(io::CableSettings& settings, std::string_view value) {
  using Medium = sim::SharedMediumConfig;
  settings.duplex = io::CableSettings::Duplex::half;
  if (value == "off") {
    settings.duplex = io::CableSettings::Duplex::full;
  } else if (value == "radio") {
    settings.medium.kind = Medium::Kind::radio;
  } else if (value == "rs485" || value == "rs485-echo") {
    settings.medium.kind = Medium::Kind::two_wire;
    settings.medium.talker_hears = value == "rs485" ? Medium::Hears::nothing : Medium::Hears::itself;
  } else {
    return expected("half-duplex", value, "radio, rs485, rs485-echo or off");
  }
  return {};
}

Result set_overflow(sim::SharedMediumConfig& medium, std::string_view value) {
  using Overflow = sim::SharedMediumConfig::Overflow;
  if (value != "drop" && value != "hold") return expected("modem-full", value, "drop or hold");
  medium.overflow = value == "hold" ? Overflow::held : Overflow::dropped;
  return {};
}

template <typename Number>
Result set_count(Number& target, std::string_view name, std::string_view value) {
  const auto number = parse_value<std::uint32_t>(value);
  if (!number || *number == 0 || *number > kMaxCount) {
    return expected(name, value, fmt::format("a number from 1 to {}", kMaxCount));
  }
  target = *number;
  return {};
}

constexpr CableOption kCableOptions[] = {
    {"baud", "N", "speed of both ends, 0 for no limit; default: each end runs at what is set on it",
     [](const CableChange& to) { return set_baud(to.settings, to.value); }},
    {"ber", "P", "probability of each bit to arrive flipped",
     [](const CableChange& to) { return set_probability(to.settings.faults.ber, to.name, to.value); }},
    {"drop", "P", "probability of each byte to be lost",
     [](const CableChange& to) { return set_probability(to.settings.faults.drop, to.name, to.value); }},
    {"insert", "P", "probability of a random byte after each byte",
     [](const CableChange& to) { return set_probability(to.settings.faults.insert, to.name, to.value); }},
    {"duplicate", "P", "probability of each byte to arrive twice",
     [](const CableChange& to) { return set_probability(to.settings.faults.duplicate, to.name, to.value); }},
    {"zero", "P", "probability of each byte to arrive as 0x00",
     [](const CableChange& to) { return set_probability(to.settings.faults.zero, to.name, to.value); }},
    {"burst", "P:LENGTH", "probability of LENGTH random bytes to begin at each byte",
     [](const CableChange& to) { return set_burst(to.settings.faults, to.value); }},
    {"stall", "P:MS", "probability of the sender to stop for MS milliseconds before each byte",
     [](const CableChange& to) { return set_stall(to.settings.faults, to.value); }},
    {"latency", "MS", "milliseconds that each byte travels",
     [](const CableChange& to) { return set_time(to.settings.latency, to.name, to.value); }},
    {"quantum", "MS", "arrivals wait for the next multiple of this many milliseconds",
     [](const CableChange& to) { return set_time(to.settings.quantum, to.name, to.value); }},
    {"lumps", "MS[:SHARE[:BYTES]]",
     "bytes are handed on together, MS milliseconds after the first of them, a time that varies by up to SHARE "
     "(0 to 1) of it, or as soon as there are BYTES of them",
     [](const CableChange& to) { return set_lumps(to.settings.lumps, to.value); }},
    {"wake", "BYTES:MS", "the first BYTES bytes after MS milliseconds of silence are lost",
     [](const CableChange& to) { return set_wake(to.settings.faults, to.value); }},
    {"map", "LIST",
     "what arrives instead of a byte, as HEX=HEX[,HEX=HEX...]: 13= loses it, ff=ffff doubles it; strip sets the "
     "highest bit of all to 0; none",
     [](const CableChange& to) { return set_map(to.settings.faults, to.value); }},
    {"eat", "LIST", "bytes that do not arrive, in hexadecimal: 11,13; none",
     [](const CableChange& to) { return set_eaten(to.settings.eaten, to.value); }},
    {"strip8", "", "the highest bit of all bytes is lost",
     [](const CableChange& to) { return set_flag(to.settings.strip, to.name, to.value); }},
    {"xonxoff", "", "both ends have software flow control: 13 stops the other direction, 11 lets it go on",
     [](const CableChange& to) { return set_flag(to.settings.software_flow_control, to.name, to.value); }},
    {"echo", "", "end B is a terminal that sends back what arrives, control characters as ^X",
     [](const CableChange& to) { return set_flag(to.settings.echo, to.name, to.value); }},
    {"cooked", "", "end B is a terminal with ISTRIP, ICRNL, IXON, ONLCR and ECHO, as after stty sane",
     [](const CableChange& to) { return set_flag(to.settings.cooked, to.name, to.value); }},
    {"half-duplex", "KIND",
     "both directions share one medium: radio, rs485 (the sender hears nothing), rs485-echo (it hears itself), off",
     [](const CableChange& to) { return set_half_duplex(to.settings, to.value); }},
    {"air-rate", "N",
     "of a radio: bytes per second that the air carries, both directions together (default 2000)",
     [](const CableChange& to) { return set_count(to.settings.medium.air_rate, to.name, to.value); }},
    {"turn-round", "MS", "milliseconds that a change of direction takes (default 30)",
     [](const CableChange& to) { return set_time(to.settings.medium.turn_round, to.name, to.value); }},
    {"air-quantum", "N", "of a radio: bytes that one end sends while the other one waits (default 512)",
     [](const CableChange& to) { return set_count(to.settings.medium.quantum, to.name, to.value); }},
    {"modem-buffer", "N", "of a radio: bytes that a modem holds (default 1024)",
     [](const CableChange& to) { return set_count(to.settings.medium.buffer, to.name, to.value); }},
    {"modem-full", "drop|hold",
     "of a radio: a full modem drops what does not fit (default), or holds its sender back by flow control",
     [](const CableChange& to) { return set_overflow(to.settings.medium, to.value); }},
    {"clock-a", "ERROR", "the clock of end A is wrong by so much: -1.5% or 300ppm", &set_clock_a},
    {"clock-b", "ERROR", "the same of end B", &set_clock_b},
    {"speeds-a", "LIST",
     "what the driver of end A does with speeds: 921600=no refuses one, 1000000=921600 takes another one, "
     "1500000~1400000 divides wrongly, 1000000+=no is for all from there on; none",
     &set_speeds_a},
    {"speeds-b", "LIST", "the same of end B", &set_speeds_b},
    {"limit", "N[:N]",
     "bits per second above which bits are lost, the more the faster; the second N is for the way from B to A; 0: none",
     &set_limits},
    {"fifo", "BYTES:P:MS",
     "after each byte with probability P, the receiving driver is MS milliseconds late: of what comes meanwhile, only "
     "BYTES bytes are kept, unless RTS/CTS stops the sender; 0: never",
     &set_fifo},
    {"output-a", "joined|open|low",
     "what the input of end B is connected to: the output of end A, nothing, or a level that is a break",
     &set_output_a},
    {"output-b", "joined|open|low", "the same of the input of end A", &set_output_b},
    {"ground", "joined|missing", "without it, the mains (50 Hz) are on both lines: a break in each period",
     &set_ground},
    {"flow-wires", "joined|looped|missing",
     "RTS and CTS: looped: each end's CTS is its own RTS; missing: an end with RTS/CTS sends nothing",
     &set_flow_wires},
};

}  // namespace

std::span<const CableOption> cable_options() {
  return kCableOptions;
}

CableResult set_cable_option(io::CableSettings& settings, std::string_view name, std::string_view value) {
  const auto* const option = std::ranges::find(kCableOptions, name, &CableOption::name);
  if (option != std::end(kCableOptions)) return option->set({settings, name, value});
  std::string names;
  for (const CableOption& known : kCableOptions)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  return std::unexpected(fmt::format("there is no setting \"{}\": choose from {}", name, names));
}

}  // namespace serialtcp::cli
