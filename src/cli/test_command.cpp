// Findings are printed one by one, as they are found; JSON is printed at the end.
#include "cli/test_command.h"

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "cli/console_line.h"
#include "cli/help.h"
#include "cli/key_file.h"
#include "cli/run.h"
#include "cli/running_processes.h"
#include "cli/test_options.h"
#include "os/asio.h"
#include "os/terminal.h"
#include "port/line_factory.h"
#include "port/serial_ports.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kTestName = "test";
constexpr int kExitFaults = 1;
constexpr int kExitNotTested = 2;

/// False if nobody reads it.
bool print_now(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written;
}

/// What is shown of a running test on a terminal, on a line that the next one replaces.
class LiveLine {
 public:
  explicit LiveLine(bool wanted) : shows_(wanted && io::is_terminal(io::StandardStream::output)) {}
  ~LiveLine() { clear(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  void show(std::string_view text) {
    if (!shows_) return;
    clear();
    static_cast<void>(print_now(text));
    width_ = text.size();
  }
  void clear() {
    if (width_ > 0) static_cast<void>(print_now("\r" + std::string(std::exchange(width_, 0), ' ') + "\r"));
  }

 private:
  bool shows_;
  std::size_t width_ = 0;
};

/// As a signal ends a program.
int end_by(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);
  return kExitSignal + signal;
}

int report(const doctor::Outcome& outcome, const TestConfig& config) {
  bool read = true;
  if (config.json)
    read = print_now(doctor::json_of(config.wish.port, outcome.findings, outcome.problem));
  else if (outcome.problem.empty())
    read = print_now(doctor::closing_line(outcome.findings));
  if (!read) {
    print_problem(kTestName, "standard output cannot be written");
    return kExitNotTested;
  }
  if (!outcome.problem.empty()) {
    if (!config.json) print_problem(kTestName, outcome.problem);
    return kExitNotTested;
  }
  return doctor::result_of(outcome.findings) == doctor::Result::fine ? kExitOk : kExitFaults;
}

int run_test(TestConfig config) {
  io::asio::io_context context(1);
  doctor::Wish& wish = config.wish;
  wish.is_device = !io::is_other_line(wish.port);
  wish.advice = io::silence_advice(wish.port);
  LiveLine live(!config.json);
  const auto tell = [&config, &live](const doctor::Finding& finding) {
    live.clear();
    return config.json || print_now(doctor::text_of(finding));
  };
  doctor::Examination examination(context, wish, tell, [&live](std::string_view text) { live.show(text); });
  auto line = io::make_line({.context = context,
                             .name = wish.port,
                             .settings = wish.serial,
                             .observer = examination.observer(),
                             .use = {io::LineUse::By::terminal, io::LineUse::Settings::chosen}});
  if (!line) return report({.problem = "could not open " + wish.port + ": " + line.error()}, config);
  const doctor::Outcome outcome = examination.run(std::move(*line));
  live.clear();
  return outcome.signal != 0 ? end_by(outcome.signal) : report(outcome, config);
}

/// What is wrong with the whole; empty if nothing. Reads the key.
std::string complete(TestConfig& config) {
  config.wish.port = name_of_line(config.wish.port);
  if (io::is_standard_input_and_output(config.wish.port))
    return "standard input and output are the terminal: give a device";
  if (const auto misspelt = io::misspelt_port(config.wish.port)) return *misspelt;
  if (!config.key_file) return "";
  const auto key = io::read_key_file(*config.key_file, io::UnsafeKeyFile::warn);
  if (!key) return key.error();
  if (key->warning) print_problem(kTestName, *key->warning);
  config.wish.key = key->key;
  return "";
}

}  // namespace

int test_command(std::span<const char* const> args) {
  auto config = parse_test_options(args);
  if (!config) {
    if (const auto* const help = std::get_if<TestHelp>(&config.error()))
      return print_now(help->text) ? kExitOk : kExitNotTested;
    print_problem(kTestName, std::get<std::string>(config.error()) + "\n" + where_to_read("test"));
    return kExitNotTested;
  }
  if (const std::string problem = complete(*config); !problem.empty()) {
    print_problem(kTestName, problem);
    return kExitNotTested;
  }
  return run_test(std::move(*config));
}

}  // namespace serialtcp::cli
