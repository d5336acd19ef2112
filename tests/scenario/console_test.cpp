// A console is at the other end of the cable, not serialtcp. It executes nothing that is sent; less and less
// is sent, and nothing at a prompt. Two ends that have both heard consoles find each other nevertheless.
#include "sim/console.h"

#include <algorithm>

#include "wire/terminal.h"
#include "world.h"

namespace serialtcp::test {
namespace {

using Mode = sim::Console::Mode;

/// One end, and a console instead of the other.
class AtConsole {
 public:
  AtConsole(const WorldConfig& config, Mode mode, const std::string& prompt)
      : world(config), console(mode, prompt) {
    world.pair().set_tap([this](End to, Bytes& bytes, Time now) {
      if (to != End::b) return;
      said.emplace_back(now, bytes);
      answer += console.typed(bytes);
    });
  }

  void print(std::string_view text) { answer += text; }

  /// The output of the console is sent over the cable as fast as that accepts it.
  void run_for(Duration duration) {
    const Time end = world.now() + duration;
    while (world.now() < end) {
      const std::size_t size = std::min<std::size_t>(answer.size(), 64);
      world.inject(End::b, answer.substr(0, size));
      shown += answer.substr(0, size);
      answer.erase(0, size);
      world.run_for(10ms);
    }
  }

  std::size_t bytes_since(Time from) const {
    std::size_t count = 0;
    for (const auto& [time, bytes] : said) {
      if (time >= from) count += bytes.size();
    }
    return count;
  }

  std::optional<event::LineTroubled> told() const {
    std::optional<event::LineTroubled> last;
    for (const Event& event : world.line_events(End::a)) {
      if (const auto* troubled = std::get_if<event::LineTroubled>(&event)) last = *troubled;
    }
    return last;
  }

  World world;
  sim::Console console;
  std::vector<std::pair<Time, Bytes>> said;
  std::string answer;
  std::string shown;  ///< the end of its output
};

std::vector<WorldConfig> all_ends() {
  std::vector<WorldConfig> all;
  for (const Role role : {Role::server, Role::client}) {
    for (const Protocol protocol : {Protocol::automatic, Protocol::own, Protocol::original}) {
      for (const bool sealed : {false, true}) {
        for (const bool both : {false, true}) {
          if (sealed && protocol == Protocol::original) continue;
          WorldConfig& config = all.emplace_back();
          config.a_role = role;
          config.a_protocol = protocol;
          if (sealed) config.a_key = key_number(1);
          if (both) config.a_services = {.offered = {"x"}, .wanted = {"y"}};
        }
      }
    }
  }
  return all;
}

TEST(ConsoleUtterance, CannotBeACommandNorASignalWhateverWasDrawn) {
  for (WorldConfig config : all_ends()) {
    for (std::uint64_t seed = 1; seed <= (config.a_key ? 10U : 60U); ++seed) {
      config.seed = seed;
      AtConsole at(config, Mode::silent, "");
      at.world.pair().start(End::a);
      at.run_for(5s);
      Bytes all;
      for (const auto& [time, bytes] : at.said) all.insert(all.end(), bytes.begin(), bytes.end());
      ASSERT_FALSE(all.empty());
      // Of what a terminal acts on, only the escapes of both protocols remain.
      std::erase(all, Byte{0x1F});
      // Ends of frames, and the types and lengths of fields.
      for (const Byte byte : all) {
        if (byte == 0x14) continue;  // the announced window
        if (byte == 0x11) continue;  // XON, for a terminal that an earlier process has stopped
        ASSERT_FALSE(wire::acts_on_terminal(byte)) << int{byte} << " SEED " << seed;
      }
    }
  }
}

TEST(ConsoleUtterance, IsNotCarriedOutByAnyTerminal) {
  for (const Mode mode : {Mode::canonical, Mode::readline, Mode::silent, Mode::getty}) {
    for (WorldConfig config : all_ends()) {
      AtConsole at(config, mode, "");
      at.world.pair().start(End::a);
      at.run_for(60s);
      EXPECT_TRUE(at.console.entered().empty());
      EXPECT_EQ(at.console.disturbed(), 0U);
    }
  }
}

// A shell that starts draws the line anew into which a hello was typed before: its bytes are then between others, and the
// last line is no longer what the terminal has echoed.
TEST(ConsoleUtterance, DrawnAnewByALineEditorIsNotTakenForNoise) {
  for (const Role role : {Role::server, Role::client}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      WorldConfig config;
      config.seed = seed;
      config.a_role = role;
      config.a_key = key_number(1);
      AtConsole at(config, Mode::silent, "");
      at.world.pair().start(End::a);
      for (int turn = 0; turn < 4; ++turn) {
        at.run_for(2s);
        std::string echo;
        std::string drawn;
        for (const auto& [time, bytes] : std::exchange(at.said, {})) {
          for (const Byte byte : bytes) {
            const bool control = byte < 0x20;
            if (control) echo += '^';
            echo += static_cast<char>(control ? byte ^ 0x40 : byte);
            drawn += {static_cast<char>(byte | 0x80), '\b', '\x07'};
          }
        }
        at.print(echo + "\r\n" + drawn);
      }
      at.run_for(5s);
      EXPECT_FALSE(at.world.heard_of(End::a, LineTrouble::garbled)) << "SEED " << seed;
    }
  }
}

TEST(ConsoleUtterance, ComesEverLessOftenWhereTextIsHeard) {
  for (WorldConfig config : all_ends()) {
    AtConsole at(config, Mode::canonical, "");
    at.world.pair().start(End::a);
    at.print(
        "Booting Linux on physical CPU 0x0\r\n[    0.000000] Linux version 6.1.0\r\nStarting services...\r\n");
    at.run_for(90s);
    const std::size_t first = at.bytes_since(Time{});
    const Time from = at.world.now();
    at.run_for(300s);
    // Eleven of them, of 120 bytes at most.
    EXPECT_LE(at.bytes_since(from), 11U * 120) << first;
    EXPECT_GE(at.bytes_since(from), 4U);
  }
}

struct Prompt {
  const char* name;
  const char* banner;
  const char* prompt;
  Console console;
  Mode mode;
};

const Prompt kPrompts[] = {
    {"Getty", "\r\nDebian GNU/Linux 12 board ttyS1\r\n\r\n", "board login: ", Console::login, Mode::getty},
    {"GettyEcho", "\r\nDebian GNU/Linux 12 board ttyS1\r\n\r\n", "board login: ", Console::login,
     Mode::canonical},
    {"Password", "board login: root\r\n", "Password: ", Console::login, Mode::silent},
    {"Incorrect", "\r\nLogin incorrect\r\n", "board login: ", Console::login, Mode::canonical},
    {"Bash", "\r\n\x1b[?2004h", "root@board:~# ", Console::shell, Mode::readline},
    {"BashColour", "\r\n", "\x1b[01;32muser@board\x1b[00m:\x1b[01;34m~\x1b[00m$ ", Console::shell,
     Mode::readline},
    {"Dash", "\r\n", "$ ", Console::shell, Mode::canonical},
    {"Ash", "BusyBox v1.35.0 built-in shell (ash)\r\n\r\n", "~ # \x1b[6n", Console::shell, Mode::readline},
    {"OpenWrt", "procd: - init complete -\r\n", "Please press Enter to activate this console. ",
     Console::shell, Mode::canonical},
    {"UBoot", "U-Boot 2023.01\r\n", "=> ", Console::boot_loader, Mode::readline},
    {"Autoboot", "U-Boot 2023.01\r\n", "Hit any key to stop autoboot:  3", Console::boot_loader,
     Mode::silent},
    {"Router", "\r\n", "Switch>", Console::shell, Mode::canonical},
    {"KernelBehind", "\r\n", "board login: [   12.345678] usb 1-1: new device\r\n[   12.4567] x\r\n",
     Console::login, Mode::canonical},
};

class ConsolePrompt : public testing::TestWithParam<Prompt> {};

TEST_P(ConsolePrompt, IsRecognisedAndNothingIsSaidThere) {
  const Prompt& prompt = GetParam();
  for (const WorldConfig& config : all_ends()) {
    for (const bool first : {false, true}) {
      SCOPED_TRACE((config.a_key ? "sealed " : "") + std::string(first ? "there first" : "later") +
                   (config.a_role == Role::server ? " server" : " client") +
                   (config.a_services.offered.empty() ? "" : " both") + " protocol " +
                   std::to_string(static_cast<int>(config.a_protocol)));
      AtConsole at(config, prompt.mode, prompt.prompt);
      if (!first) {
        at.world.pair().start(End::a);
        at.run_for(3s);
      }
      at.print(at.console.start(prompt.banner));
      at.run_for(300ms);
      if (first) at.world.pair().start(End::a);
      // The prompt that was there first is seen when it is printed again.
      if (first) at.print("\r\n" + at.console.start(""));
      at.run_for(2s);
      const Time from = at.world.now();
      at.run_for(120s);
      EXPECT_EQ(at.bytes_since(from), 0U);
      EXPECT_TRUE(at.console.entered().empty());
      EXPECT_EQ(at.console.disturbed(), 0U);
      const auto told = at.told();
      ASSERT_TRUE(told);
      EXPECT_EQ(told->trouble, LineTrouble::text);
      EXPECT_EQ(told->console, prompt.console) << at.shown;
      EXPECT_FALSE(told->heard.empty());
      EXPECT_FALSE(at.world.heard_of(End::a, LineTrouble::garbled));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, ConsolePrompt, testing::ValuesIn(kPrompts),
                         [](const auto& p) { return std::string(p.param.name); });

// ---- Two ends of ours, and consoles before them ----

TEST(ConsoleBefore, TwoEndsFindEachOtherAtOnceWhenOneIsStartedInPlaceOfTheConsole) {
  for (const Prompt& prompt : kPrompts) {
    for (WorldConfig config : all_ends()) {
      SCOPED_TRACE(prompt.name);
      config.b_role = config.a_role == Role::server ? Role::client : Role::server;
      config.b_protocol = config.a_protocol;
      config.b_key = config.a_key;
      if (!config.a_services.offered.empty()) config.b_services = {.offered = {"y"}, .wanted = {"x"}};
      AtConsole at(config, prompt.mode, prompt.prompt);
      at.world.pair().start(End::a);
      at.run_for(1s);
      at.print(at.console.start(prompt.banner));
      at.run_for(100s);
      at.world.pair().set_tap({});
      at.world.pair().start(End::b);
      EXPECT_LT(at.world.bring_up(5s), 2s);
    }
  }
}

TEST(ConsoleBefore, TwoEndsThatBothHeardTextFindEachOtherWithinHalfAMinute) {
  for (WorldConfig config : all_ends()) {
    if (config.a_protocol == Protocol::original) continue;
    config.b_role = config.a_role == Role::server ? Role::client : Role::server;
    config.b_protocol = config.a_protocol;
    config.b_key = config.a_key;
    if (!config.a_services.offered.empty()) config.b_services = {.offered = {"y"}, .wanted = {"x"}};
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      config.seed = seed;
      World world(config);
      base::Prng random(seed);
      world.start_both();
      // Neither end receives the other, but both receive the boot messages of the machines.
      world.pair().set_tap([&](End, Bytes& bytes, Time) {
        constexpr std::string_view kBoot = "[    1.000000] Booting\r\nStarting services: all of them\r\n";
        bytes.assign(kBoot.begin(), kBoot.end());
      });
      world.run_for(70s + std::chrono::milliseconds(random.below(30'000)));
      world.pair().set_tap({});
      // Kernel messages continue, at both ends.
      Duration waited{};
      while (!(world.pair().at(End::a).link_up() && world.pair().at(End::b).link_up()) && waited < 60s) {
        if (seed % 2 == 0) {
          world.inject(End::a, "[   99.123456] usb 1-1: something\r\n");
          world.inject(End::b, "[   99.123456] usb 1-1: something else\r\n");
        }
        world.run_for(700ms);
        waited += 700ms;
      }
      EXPECT_LE(waited, 35s) << "SEED " << seed;
    }
  }
}

TEST(ConsoleBefore, WithHelloAtPromptItIsSaidAsSeldomAsAtText) {
  WorldConfig config;
  config.a_at_prompt = AtPrompt::speak;
  AtConsole at(config, Mode::canonical, "board login: ");
  at.world.pair().start(End::a);
  at.print(at.console.start("\r\n"));
  at.run_for(100s);
  const Time from = at.world.now();
  at.run_for(300s);
  EXPECT_GE(at.bytes_since(from), 9U * 40);
  constexpr std::size_t kHello = 67;  // at most, with both fields of features
  EXPECT_LE(at.bytes_since(from), 11 * kHello);
  EXPECT_TRUE(at.console.entered().empty());
}

}  // namespace
}  // namespace serialtcp::test
