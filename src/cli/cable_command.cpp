#include "cli/cable_command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <optional>
#include <variant>

#include "cli/cable_console.h"
#include "cli/cable_options.h"
#include "cli/command_words.h"
#include "emulator/pty_cable.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/whole_number.h"

namespace serialtcp::cli {

namespace {

using io::asio::posix::stream_descriptor;
using namespace std::chrono_literals;

constexpr int kUsageError = 2;
constexpr std::size_t kMaxLine = 4096;
/// A program in the background must not read its terminal; there is no call that tells when it comes to the
/// front.
constexpr auto kForegroundPoll = 500ms;

void print_line(std::string line) {
  line += '\n';
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
}

void print_cable_error(std::string_view message) {
  std::fputs(fmt::format("serialtcp cable: {}\n", message).c_str(), stderr);
}

constexpr std::string_view kAbout =
    "Makes two devices, A and B, with an emulated cable between them, which has the speed and the faults of a real one.\n"
    "Commands on standard input change it while it runs; help lists them.";

std::variant<io::PtyCableConfig, int> parse(std::span<const char* const> args) {
  io::PtyCableConfig config;
  CommandWords words;
  words.add({.name = "A", .help = "path of the first device", .to = &config.a});
  words.add({.name = "B", .help = "path of the second device", .to = &config.b});
  for (const CableOption& option : cable_options()) {
    const auto set = [&config, &option](const std::string& value) -> std::optional<std::string> {
      const auto done = set_cable_option(config.settings, option.name, value);
      if (!done) return "--" + done.error();
      return std::nullopt;
    };
    words.add({.name = fmt::format("--{}", option.name),
               .value = std::string(option.value),
               .help = std::string(option.help),
               .put = set});
  }
  const auto put_seed = [&config](const std::string& text) -> std::optional<std::string> {
    const auto number = io::whole_number<std::uint64_t>(text);
    if (!number) return fmt::format("argument --seed: '{}' is not a number", text);
    config.seed = *number;
    return std::nullopt;
  };
  words.add({.name = "--seed", .value = "N", .help = "the same seed makes the same faults", .put = put_seed});
  const auto mistake = words.parse(args);
  if (words.wants_help()) {
    print_line(words.help("serialtcp cable", kAbout));
    return 0;
  }
  if (!mistake) return config;
  print_cable_error(fmt::format("{} (serialtcp cable --help shows how)", *mistake));
  return kUsageError;
}

/// Standard input, line by line, without ever waiting in read() or changing the terminal that it may share.
class InputLines {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  InputLines(io::asio::io_context& context, OnLine on_line)
      : input_(context), retry_(context), on_line_(std::move(on_line)) {}
  ~InputLines() {
    if (input_.is_open()) input_.release();
  }

  void start() {
    if (is_file()) {  // a file cannot be waited for, and need not be
      while (read_some()) continue;
      return;
    }
    io::ErrorCode error;
    input_.assign(STDIN_FILENO, error);
    if (!error) wait();
  }

 private:
  static bool is_file() {
    struct stat status {};
    return ::fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode);
  }

  void wait() {
    input_.async_wait(stream_descriptor::wait_read, lifetime_.guard([this](io::ErrorCode error) {
      if (error) return;
      if (::isatty(STDIN_FILENO) != 0 && ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) {
        retry_.expires_after(kForegroundPoll);
        retry_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
          if (!cancelled) wait();
        }));
      } else if (read_some()) {
        wait();
      }
    }));
  }

  /// False at the end.
  bool read_some() {
    std::array<char, kMaxLine> buffer{};
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    if (count == 0 && !line_.empty()) finish_line();
    for (const char letter : std::string_view(buffer.data(), static_cast<std::size_t>(count))) {
      if (letter == '\n') {
        finish_line();
      } else if (line_.size() < kMaxLine) {
        line_ += letter;
      }
    }
    return count > 0;
  }

  void finish_line() { on_line_(std::exchange(line_, {})); }

  stream_descriptor input_;
  io::asio::steady_timer retry_;
  OnLine on_line_;
  std::string line_;
  io::Lifetime lifetime_;
};

/// A standard stream that is closed would give its number to the next thing opened, which would then be read
/// as input.
void fill_closed_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

int run(const io::PtyCableConfig& config) {
  std::signal(SIGPIPE, SIG_IGN);
  fill_closed_streams();
  io::asio::io_context context(1);
  io::asio::signal_set signals(context, SIGINT, SIGTERM, SIGHUP);
  signals.async_wait([&](io::ErrorCode, int) { context.stop(); });

  io::PtyCable cable(context, config);
  if (auto started = cable.start(); !started) {
    print_cable_error(started.error());
    return 1;
  }
  const std::string speed = !config.settings.baud        ? "each end at the speed that is set on it"
                            : *config.settings.baud == 0 ? "no speed limit"
                                                         : fmt::format("{} baud", *config.settings.baud);
  print_line(fmt::format("cable ready: {} <-> {}, {}", config.a, config.b, speed));

  CableConsole console(cable);
  InputLines lines(context, [&](std::string_view line) {
    const CableConsole::Answer answer = console.execute(line);
    if (!answer.text.empty()) print_line(answer.text);
    if (answer.next == CableConsole::Next::quit) context.stop();
  });
  lines.start();
  context.run();
  cable.stop();
  return 0;
}

}  // namespace

int cable_command(std::span<const char* const> args) {
  const auto parsed = parse(args);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  return run(std::get<io::PtyCableConfig>(parsed));
}

}  // namespace serialtcp::cli
