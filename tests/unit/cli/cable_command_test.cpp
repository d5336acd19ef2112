// serialtcp cable: its options, its commands, and a whole run of it as a process.
#include "cli/cable_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/cable_console.h"
#include "cli/cable_options.h"

namespace serialtcp::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// ---- Options ----

io::CableSettings with(std::string_view name, std::string_view value) {
  io::CableSettings settings;
  const auto done = set_cable_option(settings, name, value);
  EXPECT_TRUE(done) << done.error();
  return settings;
}

std::string refused(std::string_view name, std::string_view value) {
  io::CableSettings settings;
  const auto done = set_cable_option(settings, name, value);
  return done ? "accepted" : done.error();
}

TEST(CableOptions, SetTheSettingThatTheyName) {
  EXPECT_EQ(with("baud", "74880").baud, 74880U);
  EXPECT_EQ(with("baud", "0").baud, 0U);
  EXPECT_EQ(with("baud", "termios").baud, std::nullopt);
  EXPECT_EQ(with("ber", "1e-5").faults.ber, 1e-5);
  EXPECT_EQ(with("drop", "0.5").faults.drop, 0.5);
  EXPECT_EQ(with("insert", "1").faults.insert, 1);
  EXPECT_EQ(with("duplicate", "0.25").faults.duplicate, 0.25);
  EXPECT_EQ(with("zero", "0.125").faults.zero, 0.125);
  EXPECT_EQ(with("latency", "16").latency, 16ms);
  EXPECT_EQ(with("quantum", "0.5").quantum, 500us);
  EXPECT_EQ(with("burst", "1e-4:30").faults.burst, 1e-4);
  EXPECT_EQ(with("burst", "1e-4:30").faults.burst_length, 30U);
  EXPECT_EQ(with("stall", "1e-4:250").faults.stall_time, 250ms);
  EXPECT_EQ(with("stall", "0").faults.stall, 0);
  EXPECT_EQ(with("half-duplex", "radio").shared()->kind, sim::SharedMediumConfig::Kind::radio);
  EXPECT_EQ(with("half-duplex", "rs485").shared()->talker_hears, sim::SharedMediumConfig::Hears::nothing);
  EXPECT_EQ(with("half-duplex", "rs485-echo").shared()->talker_hears, sim::SharedMediumConfig::Hears::itself);
  EXPECT_FALSE(with("half-duplex", "off").shared());
  EXPECT_EQ(with("air-rate", "300").medium.air_rate, 300U);
  EXPECT_EQ(with("turn-round", "5").medium.turn_round, 5ms);
  EXPECT_EQ(with("air-quantum", "64").medium.quantum, 64U);
  EXPECT_EQ(with("modem-buffer", "256").medium.buffer, 256U);
  EXPECT_EQ(with("modem-full", "hold").medium.overflow, sim::SharedMediumConfig::Overflow::held);
  EXPECT_EQ(with("modem-full", "drop").medium.overflow, sim::SharedMediumConfig::Overflow::dropped);
}

TEST(CableOptions, MakeTerminals) {
  const sim::TerminalModes none;
  EXPECT_EQ(with("cooked", "").terminal(sim::End::b), sim::kCooked);
  EXPECT_EQ(with("cooked", "on").terminal(sim::End::a), none);
  EXPECT_EQ(with("cooked", "off").terminal(sim::End::b), none);
  EXPECT_TRUE(with("echo", "").terminal(sim::End::b).echo);
  EXPECT_FALSE(with("echo", "").terminal(sim::End::b).ixon);
  EXPECT_TRUE(with("xonxoff", "").terminal(sim::End::a).ixon &&
              with("xonxoff", "").terminal(sim::End::b).ixon);
  EXPECT_TRUE(with("strip8", "").all_faults().strip);
  io::CableSettings both = with("eat", "11,13");
  ASSERT_TRUE(set_cable_option(both, "map", "13=14,0d:0a"));
  using Alterations = std::vector<sim::Alteration>;
  EXPECT_EQ(both.all_faults().alterations, (Alterations{{0x0D, {0x0A}}, {0x11, {}}, {0x13, {}}}));
  ASSERT_TRUE(set_cable_option(both, "eat", "none"));
  EXPECT_EQ(both.all_faults().alterations, (Alterations{{0x13, {0x14}}, {0x0D, {0x0A}}}));
  EXPECT_THAT(refused("eat", "11,"), "accepted");
  EXPECT_THAT(refused("eat", "XON"), HasSubstr("11,13"));
  EXPECT_THAT(refused("eat", ""), HasSubstr("none"));
  EXPECT_THAT(refused("cooked", "yes"), HasSubstr("on or off"));
}

TEST(CableOptions, DescribeLumpsSleepAndBytesThatAreAltered) {
  EXPECT_EQ(with("lumps", "50").lumps, (sim::Lumps{.every = 50ms}));
  EXPECT_EQ(with("lumps", "120:0.5").lumps, (sim::Lumps{.every = 120ms, .jitter = 0.5}));
  EXPECT_EQ(with("lumps", "40:0:1460").lumps, (sim::Lumps{.every = 40ms, .size = 1460}));
  EXPECT_EQ(with("wake", "8:20").faults.wake_bytes, 8U);
  EXPECT_EQ(with("wake", "8:20").faults.wake_silence, 20ms);
  EXPECT_EQ(with("wake", "0").faults.wake_bytes, 0U);
  using Alterations = std::vector<sim::Alteration>;
  EXPECT_EQ(with("map", "13=").faults.alterations, (Alterations{{0x13, {}}}));
  EXPECT_EQ(with("map", "0a=0d0a,ff=ffff").faults.alterations,
            (Alterations{{0x0A, {0x0D, 0x0A}}, {0xFF, {0xFF, 0xFF}}}));
  EXPECT_TRUE(with("map", "strip").faults.strip);
  EXPECT_TRUE(with("map", "none").faults.alterations.empty());
  io::CableSettings settings;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"lumps", ""},
                                                                                    {"lumps", "50:2"},
                                                                                    {"lumps", "50:0:x"},
                                                                                    {"lumps", "-1"},
                                                                                    {"wake", "8"},
                                                                                    {"wake", "x:20"},
                                                                                    {"map", ""},
                                                                                    {"map", "13"},
                                                                                    {"map", "13=1"},
                                                                                    {"map", "1=00"},
                                                                                    {"map", "13=,13=00"},
                                                                                    {"map", "zz=00"}}) {
    EXPECT_FALSE(set_cable_option(settings, name, value)) << name << " " << value;
  }
}

TEST(CableOptions, DescribeUartsAndTheirWires) {
  using Then = sim::SpeedRule::Then;
  EXPECT_EQ(with("clock-a", "-1.5%").uarts[0].clock_error, -15'000);
  EXPECT_EQ(with("clock-b", "300ppm").uarts[1].clock_error, 300);
  EXPECT_EQ(with("clock-b", "0").uarts[1].clock_error, 0);
  const std::vector<sim::SpeedRule> rules = {{921600, 921600, Then::refuses},
                                             {1'000'000, 1'000'000, Then::takes, 921600},
                                             {1'500'000, 1'500'000, Then::divides, 1'400'000},
                                             {2'000'000, sim::kMaxBaud, Then::refuses}};
  EXPECT_EQ(with("speeds-a", "921600=no,1000000=921600,1500000~1400000,2000000+=no").uarts[0].rules, rules);
  EXPECT_TRUE(with("speeds-b", "none").uarts[1].rules.empty());
  EXPECT_EQ(with("limit", "1000000").limits, (std::array<std::uint32_t, 2>{1'000'000, 1'000'000}));
  EXPECT_EQ(with("limit", "1000000:0").limits, (std::array<std::uint32_t, 2>{1'000'000, 0}));
  EXPECT_EQ(with("fifo", "16:1e-4:2").fifo,
            (sim::ReceiveFifoConfig{.size = 16, .late = 1e-4, .late_time = 2ms}));
  EXPECT_EQ(with("fifo", "0").fifo.late, 0);
  EXPECT_EQ(with("output-a", "low").output(sim::End::a), sim::Contact::low);
  EXPECT_EQ(with("output-b", "open").output(sim::End::b), sim::Contact::open);
  EXPECT_EQ(with("ground", "missing").output(sim::End::a), sim::Contact::hum);
  EXPECT_EQ(with("ground", "joined").output(sim::End::b), sim::Contact::joined);
  EXPECT_EQ(with("flow-wires", "looped").flow_wires, io::CableSettings::FlowWires::looped);
  io::CableSettings fixed = with("speeds-a", "921600=no");
  ASSERT_TRUE(set_cable_option(fixed, "baud", "921600"));
  EXPECT_TRUE(fixed.uart(sim::End::a).rules.empty());
}

TEST(CableOptions, RefuseNonsenseAboutUarts) {
  for (const char* value : {"", "1.5", "x%", "%", "21%", "-200001ppm", "nan%", "1e300ppm", "300 ppm"})
    EXPECT_THAT(refused("clock-a", value), HasSubstr("-1.5% or 300ppm")) << value;
  for (const char* value : {"", "921600", "no", "921600=", "=no", "0=no", "921600=0", "921600~no", "1=2=3",
                            "+=no", "921600=no;", "100000001=no", "921600=100000001", "-1=no"})
    EXPECT_THAT(refused("speeds-b", value), HasSubstr("921600=no")) << value;
  std::string many = "1=no";
  for (int i = 0; i < 100; ++i) many += ",1=no";
  EXPECT_THAT(refused("speeds-a", many), HasSubstr("at most 100"));
  for (const char* value : {"", "x", "1:x", "1:2:3", ":", "-1", "1e6", "100000001"})
    EXPECT_THAT(refused("limit", value), HasSubstr("such as 1000000:500000")) << value;
  for (const char* value :
       {"", "16", "0:1:1", "16:2:1", "16:1e-4", "16:1e-4:", "16:1e-4:x", "x:1:1", "2000000:1:1"})
    EXPECT_THAT(refused("fifo", value), HasSubstr("such as 16:1e-4:2")) << value;
  EXPECT_THAT(refused("output-a", "high"), HasSubstr("joined, open or low"));
  EXPECT_THAT(refused("ground", "off"), HasSubstr("joined or missing"));
  EXPECT_THAT(refused("flow-wires", ""), HasSubstr("joined, looped or missing"));
}

TEST(CableOptions, SayWhatToGiveInsteadOfNonsense) {
  EXPECT_EQ(refused("ber", "often"), "ber cannot be \"often\": give a probability from 0 to 1, such as 1e-5");
  for (const char* value : {"", "-0.1", "1.1", "nan", "1e-5x", " 1"})
    EXPECT_THAT(refused("ber", value), HasSubstr("such as"));
  for (const char* value : {"-1", "fast", "", "1e9", "100000001", "4294967296"}) {
    EXPECT_THAT(refused("baud", value), HasSubstr("bits per second")) << value;
  }
  for (const char* value : {"-1", "x", "inf", "nan", "1e9"})
    EXPECT_THAT(refused("latency", value), HasSubstr("milliseconds"));
  for (const char* value : {"1", "1e-4:0", "1e-4:x", "2:5", ":5"})
    EXPECT_THAT(refused("burst", value), HasSubstr("such as 1e-5:30"));
  EXPECT_THAT(refused("stall", "0.1"), HasSubstr("such as 1e-4:50"));
  EXPECT_THAT(refused("bear", "1"), StartsWith("there is no setting \"bear\": choose from baud, ber, "));
}

// ---- Commands ----

class CableConsoleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (fs::temp_directory_path() / "serialtcp-console-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    cable_.emplace(context_, io::PtyCableConfig{.a = folder + "/A", .b = folder + "/B"});
    ASSERT_TRUE(cable_->start());
  }
  void TearDown() override {
    cable_.reset();
    fs::remove_all(folder_);
  }

  std::string say(std::string_view line) { return CableConsole(*cable_).execute(line).text; }

  io::asio::io_context context_{1};
  std::optional<io::PtyCable> cable_;
  fs::path folder_;
};

TEST_F(CableConsoleTest, CutsAndJoins) {
  EXPECT_EQ(say("cut"), "ok cut");
  EXPECT_EQ(cable_->wiring(), io::PtyCable::Wiring::cut);
  EXPECT_EQ(say("  join \r"), "ok join");
  EXPECT_EQ(cable_->wiring(), io::PtyCable::Wiring::joined);
}

TEST_F(CableConsoleTest, UnplugsAndPlugsEitherEndOrBoth) {
  EXPECT_EQ(say("unplug a"), "ok unplug a");
  EXPECT_FALSE(cable_->is_plugged(sim::End::a));
  EXPECT_TRUE(cable_->is_plugged(sim::End::b));
  EXPECT_EQ(say("unplug both"), "ok unplug both");
  EXPECT_FALSE(cable_->is_plugged(sim::End::b));
  EXPECT_EQ(say("plug both"), "ok plug both");
  EXPECT_TRUE(cable_->is_plugged(sim::End::a));
  EXPECT_TRUE(cable_->is_plugged(sim::End::b));
  EXPECT_EQ(say("unplug"), "error: unplug needs to know which end: a, b or both");
  EXPECT_EQ(say("plug c"), "error: plug needs to know which end: a, b or both");
}

TEST_F(CableConsoleTest, SaysWhyAnEndCannotBePlugged) {
  say("unplug a");
  fs::create_directory(folder_ / "A");
  EXPECT_THAT(say("plug a"), StartsWith("error: cannot make "));
}

TEST_F(CableConsoleTest, ChangesOneSettingAndKeepsTheOthers) {
  EXPECT_EQ(say("set ber 1e-5"), "ok set ber 1e-5");
  EXPECT_EQ(say("set latency 5"), "ok set latency 5");
  EXPECT_EQ(cable_->settings().faults.ber, 1e-5);
  EXPECT_EQ(cable_->settings().latency, 5ms);
  EXPECT_THAT(say("set ber 7"), StartsWith("error: ber cannot be \"7\""));
  EXPECT_EQ(cable_->settings().faults.ber, 1e-5);
  EXPECT_EQ(say("set ber"), "error: set needs a name and a value, such as: set ber 1e-5");
}

TEST_F(CableConsoleTest, ChangesTheSpeedOfBothEnds) {
  say("set baud 4800");
  EXPECT_EQ(cable_->line(sim::End::a).baud, 4800U);
  EXPECT_EQ(cable_->line(sim::End::b).baud, 4800U);
  say("set baud termios");
  EXPECT_EQ(cable_->line(sim::End::a).baud, 115200U);
}

TEST_F(CableConsoleTest, PrintsItsCountersOnOneLine) {
  const std::string stats = say("stats");
  EXPECT_THAT(stats, StartsWith("ok a_to_b.sent=0 a_to_b.delivered=0 "));
  EXPECT_THAT(stats, HasSubstr(" b_to_a.overrun=0 "));
  EXPECT_THAT(stats, HasSubstr(" a.plugged=1 a.baud=115200 b.plugged=1 b.baud=115200 cut=0"));
  EXPECT_EQ(stats.find('\n'), std::string::npos);
}

TEST_F(CableConsoleTest, AnswersEveryOtherLineToo) {
  EXPECT_EQ(say("echo on"), "ok echo on");
  EXPECT_EQ(say("echo off"), "ok echo off");
  EXPECT_EQ(say("echo"), "error: echo needs on or off");
  EXPECT_EQ(say(""), "");
  EXPECT_EQ(say("cut it"), "error: cut takes no argument");
  EXPECT_EQ(say("dance"), "error: unknown command \"dance\": help lists all");
  EXPECT_THAT(say("help"), StartsWith("ok commands: cut, join, "));
  EXPECT_EQ(CableConsole(*cable_).execute("quit").next, CableConsole::Next::quit);
}

// ---- The whole command ----

/// The command in a process of its own, with pipes at its standard input, output and error.
class Process {
 public:
  enum class Input { pipe, closed };

  explicit Process(std::vector<std::string> arguments, Input input = Input::pipe) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    EXPECT_EQ(::pipe(in.data()), 0);
    EXPECT_EQ(::pipe(out.data()), 0);
    std::vector<const char*> args{"cable"};
    for (const std::string& argument : arguments) args.push_back(argument.c_str());
    std::fflush(stdout);  // else the child writes what is buffered, too
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(out[1], STDERR_FILENO);
      for (const int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
      if (input == Input::closed) ::close(STDIN_FILENO);
      ::_exit(cable_command(args));
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
  }
  ~Process() {
    close_input();
    ::close(output_);
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void say(std::string_view text) {
    EXPECT_EQ(::write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close_input() {
    if (input_ >= 0) ::close(input_);
    input_ = -1;
  }
  void signal(int number) { ::kill(child_, number); }

  /// The next line of what it prints, without its end; "timeout" when none comes, "end" after the last.
  std::string line() {
    std::string text;
    while (true) {
      pollfd ready{.fd = output_, .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, 20'000) != 1) return "timeout";
      char letter = 0;
      if (::read(output_, &letter, 1) != 1) return text.empty() ? "end" : text;
      if (letter == '\n') return text;
      text += letter;
    }
  }

  int exit_status() {
    int status = 0;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t child_ = -1;
  int input_ = -1;
  int output_ = -1;
};

class CableCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (fs::temp_directory_path() / "serialtcp-command-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    a_ = folder + "/A";
    b_ = folder + "/B";
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
  std::string a_;
  std::string b_;
};

TEST_F(CableCommand, AnswersCommandsAndEndsOnASignalWithoutItsLinks) {
  Process process({a_, b_, "--ber", "1e-5", "--seed", "7"});
  EXPECT_EQ(process.line(),
            "cable ready: " + a_ + " <-> " + b_ + ", each end at the speed that is set on it");
  EXPECT_TRUE(fs::is_symlink(a_));
  process.say("cut\ndance\nunplug");
  process.say(" b\n");
  EXPECT_EQ(process.line(), "ok cut");
  EXPECT_THAT(process.line(), StartsWith("error: unknown command \"dance\""));
  EXPECT_EQ(process.line(), "ok unplug b");
  process.signal(SIGTERM);
  EXPECT_EQ(process.line(), "end");
  EXPECT_EQ(process.exit_status(), 0);
  EXPECT_FALSE(fs::exists(fs::symlink_status(a_)));
}

TEST_F(CableCommand, GoesOnAfterTheEndOfItsInputUntilInterrupted) {
  Process process({a_, b_, "--baud", "0"});
  EXPECT_EQ(process.line(), "cable ready: " + a_ + " <-> " + b_ + ", no speed limit");
  process.say("help");
  process.close_input();
  EXPECT_THAT(process.line(), StartsWith("ok commands"));
  EXPECT_TRUE(fs::is_symlink(a_));
  process.signal(SIGINT);
  EXPECT_EQ(process.exit_status(), 0);
}

TEST_F(CableCommand, RunsWithItsInputClosed) {
  Process process({a_, b_}, Process::Input::closed);
  EXPECT_THAT(process.line(), StartsWith("cable ready: "));
  process.signal(SIGTERM);
  EXPECT_EQ(process.exit_status(), 0);
}

TEST_F(CableCommand, QuitEndsIt) {
  Process process({a_, b_, "--baud", "9600"});
  EXPECT_EQ(process.line(), "cable ready: " + a_ + " <-> " + b_ + ", 9600 baud");
  process.say("quit\n");
  EXPECT_EQ(process.line(), "ok quit");
  EXPECT_EQ(process.exit_status(), 0);
}

TEST_F(CableCommand, ExitsWithOneWhenADeviceCannotBeMade) {
  Process process({a_, folder_ / "missing" / "B"});
  EXPECT_EQ(process.line(), "serialtcp cable: cannot make " + (folder_ / "missing" / "B").string() +
                                ": no such file or directory; make the folder first");
  EXPECT_EQ(process.exit_status(), 1);
}

TEST_F(CableCommand, ExitsWithTwoForWrongUsageInOneLine) {
  const std::vector<std::vector<std::string>> wrong{{},
                                                    {a_},
                                                    {a_, b_, "c"},
                                                    {a_, b_, "--baud", "fast"},
                                                    {a_, b_, "--baud", "-1"},
                                                    {a_, b_, "--ber"},
                                                    {a_, b_, "--seed", "x"},
                                                    {a_, b_, "--what"}};
  for (const auto& arguments : wrong) {
    Process process(arguments);
    EXPECT_THAT(process.line(), StartsWith("serialtcp cable: "));
    EXPECT_EQ(process.line(), "end");
    EXPECT_EQ(process.exit_status(), 2);
  }
}

TEST_F(CableCommand, SaysWhichOptionIsWrongAndWhatToGive) {
  Process process({a_, b_, "--ber", "2"});
  EXPECT_EQ(process.line(),
            "serialtcp cable: --ber cannot be \"2\": give a probability from 0 to 1, such as 1e-5 "
            "(serialtcp cable --help shows how)");
  EXPECT_EQ(process.exit_status(), 2);
}

TEST_F(CableCommand, HelpNamesEveryOption) {
  Process process({"--help"});
  std::string help;
  for (std::string line; (line = process.line()) != "end" && line != "timeout";) help += line + "\n";
  for (const CableOption& option : cable_options())
    EXPECT_THAT(help, HasSubstr("--" + std::string(option.name)));
  EXPECT_EQ(process.exit_status(), 0);
}

}  // namespace
}  // namespace serialtcp::cli
