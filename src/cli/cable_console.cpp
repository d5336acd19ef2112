#include "cli/cable_console.h"

#include <fmt/format.h>

#include "cli/cable_options.h"

namespace serialtcp::cli {

namespace {

using sim::End;

constexpr std::string_view kHelp =
    "ok commands: cut, join, unplug a|b|both, plug a|b|both, echo on|off, set NAME VALUE, stats, help, quit";

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string_view> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    if (line.empty()) return words;
    const std::size_t length = std::min(line.find_first_of(kBlanks), line.size());
    words.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
}

std::vector<End> parse_ends(std::string_view word) {
  if (word == "a") return {End::a};
  if (word == "b") return {End::b};
  if (word == "both") return {End::a, End::b};
  return {};
}

constexpr char letter(End end) {
  return end == End::a ? 'a' : 'b';
}

std::string describe(std::string_view name, const io::PtyCable::Direction& direction) {
  const sim::WireStats& wire = direction.wire;
  const sim::FaultStats& faults = wire.faults;
  std::string text;
  const auto add = [&](std::string_view counter, std::uint64_t value) {
    text += fmt::format(" {}.{}={}", name, counter, value);
  };
  add("sent", wire.sent);
  add("delivered", direction.delivered);
  add("lost", wire.lost);
  add("overrun", direction.overrun);
  add("unheard", direction.unheard);
  add("garbled", wire.garbled);
  add("flipped", faults.flipped);
  add("dropped", faults.dropped);
  add("inserted", faults.inserted);
  add("duplicated", faults.duplicated);
  add("zeroed", faults.zeroed);
  add("randomized", faults.randomized);
  add("altered", faults.altered);
  add("slept", wire.slept);
  add("framing", wire.errors.framing);
  add("parity", wire.errors.parity);
  add("breaks", wire.errors.breaks);
  add("fifo_overruns", wire.fifo_overruns);
  add("fifo_lost", wire.fifo_lost);
  return text;
}

}  // namespace

CableConsole::Answer CableConsole::execute(std::string_view line) {
  const Words words = words_of(line);
  if (words.empty()) return {};
  if (words[0] == "quit" && words.size() == 1) return {"ok quit", Next::quit};
  return {dispatch(words)};
}

std::string CableConsole::dispatch(const Words& words) {
  const std::string_view command = words[0];
  if (command == "plug" || command == "unplug") return plug(words);
  if (command == "set") return set(words);
  if (command == "echo") return echo(words);
  const bool alone = words.size() == 1;
  if (alone && command == "stats") return stats();
  if (alone && command == "help") return std::string(kHelp);
  if (alone && (command == "cut" || command == "join")) {
    cable_.set_wiring(command == "cut" ? io::PtyCable::Wiring::cut : io::PtyCable::Wiring::joined);
    return fmt::format("ok {}", command);
  }
  if (command == "cut" || command == "join" || command == "stats" || command == "help" || command == "quit") {
    return fmt::format("error: {} takes no argument", command);
  }
  return fmt::format("error: unknown command \"{}\": help lists all", command);
}

std::string CableConsole::plug(const Words& words) {
  const std::vector<End> ends = words.size() == 2 ? parse_ends(words[1]) : std::vector<End>{};
  if (ends.empty()) return fmt::format("error: {} needs to know which end: a, b or both", words[0]);
  for (const End end : ends) {
    if (words[0] == "unplug") {
      cable_.unplug(end);
    } else if (auto plugged = cable_.plug(end); !plugged) {
      return "error: " + plugged.error();
    }
  }
  return fmt::format("ok {} {}", words[0], words[1]);
}

std::string CableConsole::set(const Words& words) {
  if (words.size() != 3) return "error: set needs a name and a value, such as: set ber 1e-5";
  io::CableSettings settings = cable_.settings();
  if (auto changed = set_cable_option(settings, words[1], words[2]); !changed)
    return "error: " + changed.error();
  cable_.change(settings);
  return fmt::format("ok set {} {}", words[1], words[2]);
}

std::string CableConsole::echo(const Words& words) {
  if (words.size() != 2 || (words[1] != "on" && words[1] != "off")) return "error: echo needs on or off";
  cable_.set_echo(words[1] == "on" ? sim::Echo::on : sim::Echo::off);
  return fmt::format("ok echo {}", words[1]);
}

std::string CableConsole::stats() const {
  const io::PtyCable::Stats stats = cable_.stats();
  std::string text = "ok" + describe("a_to_b", stats.a_to_b) + describe("b_to_a", stats.b_to_a);
  for (const End end : {End::a, End::b}) {
    text += fmt::format(" {0}.plugged={1} {0}.baud={2}", letter(end), cable_.is_plugged(end) ? 1 : 0,
                        cable_.line(end).baud);
  }
  return text + fmt::format(" cut={}", cable_.wiring() == io::PtyCable::Wiring::cut ? 1 : 0);
}

}  // namespace serialtcp::cli
