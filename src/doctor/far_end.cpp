#include "doctor/far_end.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "os/text.h"

namespace serialtcp::doctor {

namespace {

constexpr std::string_view kOtherEnd = "other end";
constexpr Byte kXon = 0x11;
constexpr Byte kXoff = 0x13;

std::uint64_t bytes_of(const FarEnd& end) {
  return end.before.bytes + end.answered.heard.bytes;
}

/// A line without voltage is one long start bit: one zero, or a break. A sender of another speed gives more of them.
bool is_held_low(const FarEnd& end) {
  constexpr std::uint64_t kMostZeros = 4;
  const std::uint64_t zeros = end.before.zeros + end.answered.heard.zeros;
  const bool breaks = end.errors && end.errors->breaks > 0;
  return bytes_of(end) == zeros && zeros <= kMostZeros && (breaks || zeros > 0);
}

bool is_prompt(Console console) {
  return console != Console::text;
}

/// Text that is no echo, and what kind.
std::optional<Console> console_of(const FarEnd& end) {
  if (end.answered.text) {
    // Text in place of an answer may be what a terminal shows of it.
    const bool echo = end.answered.echo != Echo::none;
    if (!echo || is_prompt(end.answered.text->console)) return end.answered.text->console;
  }
  return end.before.console;
}

std::string excerpt_of(const FarEnd& end) {
  if (end.answered.text && !end.answered.text->heard.empty()) return end.answered.text->heard;
  return !end.before.excerpt.empty() ? end.before.excerpt : end.answered.heard.excerpt;
}

std::string shown(const FarEnd& end) {
  const std::string excerpt = excerpt_of(end);
  return excerpt.empty() ? "" : fmt::format(" (\"{}\")", excerpt);
}

std::string at_this_speed(const FarEnd& end) {
  return end.baud == 0 ? "" : fmt::format(" at {}", end.baud);
}

Finding prompt_finding(const FarEnd& end, Console console) {
  const std::string rest = shown(end) + at_this_speed(end);
  switch (console) {
    case Console::login:
      return fact(kOtherEnd, "a login prompt" + rest,
                  fmt::format("serialtcp install {} makes a link to it", end.port));
    case Console::shell:
      return fact(kOtherEnd, "the prompt of a shell" + rest,
                  fmt::format("serialtcp install {} makes a link to it", end.port));
    case Console::boot_loader:
      return fact(kOtherEnd, "a boot loader that waits" + rest,
                  fmt::format("serialtcp console {} talks to it", end.port));
    case Console::text:
      break;
  }
  const bool kernel = end.before.kernel || end.answered.heard.kernel;
  return fact(kOtherEnd, (kernel ? "messages of a Linux kernel" : "text") + rest,
              fmt::format("serialtcp console {} shows all of it", end.port));
}

Finding nothing_finding(const FarEnd& end) {
  return fault(kOtherEnd,
               fmt::format("silent: not a byte in {:.1f} s{}", to_seconds(end.waited), at_this_speed(end)),
               fmt::format("start serialtcp there; {}", end.silence_advice));
}

/// A line without ground has the mains on it: a break in each period, or in each half of it.
bool has_mains(const Overheard& heard) {
  constexpr std::uint64_t kLeastBreaks = 10;
  const double rate = heard.zeros_per_second;
  const bool mains = (rate > 45 && rate < 65) || (rate > 95 && rate < 125);
  return heard.zeros >= kLeastBreaks && heard.zeros * 2 > heard.bytes && mains;
}

Finding noise_finding(const FarEnd& end) {
  if (has_mains(end.before))
    return fault(kOtherEnd, fmt::format("the mains: {:.0f} breaks a second", end.before.zeros_per_second),
                 "connect the ground of both ends (pin 5 of a DB9 plug)", end.before.zeros_per_second);
  const std::string errors = end.errors && end.errors->framing > 0
                                 ? fmt::format(", {}", io::counted(end.errors->framing, "framing error"))
                                 : "";
  const std::string text = fmt::format("noise{}: {} that are neither text nor of a known protocol{}",
                                       at_this_speed(end), io::counted(bytes_of(end), "byte"), errors);
  return fault(kOtherEnd, text,
               end.baud == 0
                   ? "start serialtcp there, with the same --key if there is one"
                   : "set both ends to the same speed and parity; if they are, check the ground wire");
}

Finding refused_finding(const FarEnd& end) {
  if (end.answered.incompatible)
    return fault(kOtherEnd, "serialtcp, of a version with another protocol",
                 "install the same version at both ends");
  switch (*end.answered.key) {
    case LineTrouble::peer_needs_key:
      return fault(kOtherEnd, "serialtcp, which wants a key", "give this test the same key: --key FILE");
    case LineTrouble::key_differs:
      return fault(kOtherEnd, "serialtcp, which has another key",
                   "give both ends the same key file with --key");
    default:
      return fault(kOtherEnd, "serialtcp, which has no key",
                   "leave out --key, or give it to the other end, too");
  }
}

Finding ours_finding(const FarEnd& end) {
  const PeerVersion version = end.answered.link->version;
  return fact(kOtherEnd,
              fmt::format("serialtcp {}{}{}", version == PeerVersion::v2_0 ? "2.0" : "2.1 or later",
                          at_this_speed(end), end.answered.half_duplex ? ", half-duplex" : ""));
}

Finding loop_finding(const FarEnd& end) {
  const std::string text = "a loopback: all that is sent comes back";
  if (end.loop_expected) return fact(kOtherEnd, text);
  return fault(kOtherEnd, text,
               "unplug the loopback plug, or cross RX and TX; to test this end with it: --loopback");
}

Finding finding_of(FarKind kind, const FarEnd& end) {
  switch (kind) {
    case FarKind::held_low:
      return fault(
          kOtherEnd, fmt::format("the receive line is held low (a break){}", at_this_speed(end)),
          "connect the ground, and TX of the other end to RX; check that its levels are of the same kind "
          "(RS-232 or TTL) and that it has power");
    case FarKind::loop:
      return loop_finding(end);
    case FarKind::echo:
      return fault(kOtherEnd, "an echo: a terminal sends back what it gets" + at_this_speed(end),
                   "start serialtcp there, in place of what has the port");
    case FarKind::prompt:
    case FarKind::text:
      return prompt_finding(end, console_of(end).value_or(Console::text));
    case FarKind::noise:
      return noise_finding(end);
    case FarKind::original:
      return fact(
          kOtherEnd, "the original program, which carries one connection at a time" + at_this_speed(end),
          "with serialtcp at both ends, what the line damages is repaired, and its quality can be measured");
    case FarKind::ours:
      return ours_finding(end);
    case FarKind::ours_refused:
      return refused_finding(end);
    case FarKind::nothing:
      break;
  }
  return nothing_finding(end);
}

}  // namespace

FarKind kind_of(const FarEnd& end) {
  const Answered& answered = end.answered;
  if (answered.link) return answered.link->protocol == Protocol::original ? FarKind::original : FarKind::ours;
  if (answered.key || answered.incompatible) return FarKind::ours_refused;
  if (answered.echo == Echo::unaltered) return FarKind::loop;
  if (const auto console = console_of(end)) return is_prompt(*console) ? FarKind::prompt : FarKind::text;
  if (answered.echo == Echo::altered) return FarKind::echo;
  if (is_held_low(end)) return FarKind::held_low;
  return bytes_of(end) == 0 ? FarKind::nothing : FarKind::noise;
}

Findings judge_far_end(const FarEnd& end) {
  const FarKind kind = kind_of(end);
  Findings findings{finding_of(kind, end)};
  if (end.loop_expected && kind != FarKind::loop)
    findings.push_back(fault("loopback", "what was sent did not come back",
                             "join RX and TX at the end of the cable, and nothing else"));
  for (Finding& changed : judge_changes(end.answered.changes, end.answered.coded))
    findings.push_back(std::move(changed));
  return findings;
}

bool makes_sense(const Overheard& heard) {
  return heard.hello || (heard.console && !heard.noise);
}

Finding speed_finding(const FarEnd& end, std::uint32_t baud, const Overheard& heard) {
  FarEnd there = end;
  there.before = heard;
  there.answered = {};
  const std::string what =
      heard.hello ? "serialtcp, or the original" : prompt_finding(there, *heard.console).text;
  return fault("speed", fmt::format("the other end is not at {}: at {} it is {}", end.baud, baud, what),
               fmt::format("serialtcp test {} {}", end.port, baud), baud);
}

std::string change_text(const ByteChange& change) {
  switch (change.kind) {
    case ByteChange::Kind::lost:
      return fmt::format("{:02x} hex is lost", change.value);
    case ByteChange::Kind::replaced:
      return fmt::format("{:02x} hex arrives as {:02x}", change.value, change.other);
    case ByteChange::Kind::extended:
      return fmt::format("{:02x} hex arrives with an additional {:02x}", change.value, change.other);
    case ByteChange::Kind::seven_bits:
      break;
  }
  return "the highest bit of each byte is lost";
}

Findings judge_changes(const std::vector<ByteChange>& changes, const std::optional<event::LineCoded>& coded) {
  if (changes.empty() && !coded) return {};
  std::vector<std::string> texts;
  for (const ByteChange& change : changes) texts.push_back(change_text(change));
  if (texts.empty())
    texts.push_back(coded->hopeless       ? "not even printable characters arrive"
                    : coded->avoided == 0 ? "only printable characters arrive"
                                          : io::counted(coded->avoided, "byte value") + " never arrive");
  const bool flow = std::ranges::any_of(changes, [](const ByteChange& change) {
    return change.kind == ByteChange::Kind::lost && (change.value == kXon || change.value == kXoff);
  });
  const bool seven = std::ranges::any_of(
      changes, [](const ByteChange& change) { return change.kind == ByteChange::Kind::seven_bits; });
  const std::string_view advice =
      flow
          ? "switch software flow control (XON/XOFF) off on the way; two of ours escape these values meanwhile"
      : seven
          ? "set 8 data bits and no parity on the way; two of ours send printable characters meanwhile"
          : "set what is on the way to raw (stty raw, a binary mode); two of ours escape these values meanwhile";
  return {
      fault("bytes", fmt::format("not all values pass: {}", fmt::join(texts, ", ")), std::string(advice))};
}

}  // namespace serialtcp::doctor
