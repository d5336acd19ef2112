// Composition: log, keys, links, signals, and the exit status that comes of them.
#include "cli/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include "cli/link.h"
#include "cli/log.h"
#include "cli/port_file.h"
#include "cli/standard_error.h"
#include "io/key_file.h"

namespace serialtcp::cli {

namespace {

/// As many connections as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string_view signal_name(int number) {
  switch (number) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    default:
      return "SIGHUP";
  }
}

/// One run. The context is declared first: it goes last, after all that has handlers in it.
class Program {
 public:
  Program(const RunOptions& options, Log& log) : options_(options), log_(log), signals_(context_) {}

  RunResult run() {
    watch_signals();
    start_link(options_.link);
    while (!status_) context_.run_one();
    std::size_t hanging = 0;
    for (const auto& entry : links_) {
      entry->link.close_line();
      hanging += entry->link.lookups_running();
    }
    return {*status_, hanging > 0 ? RunResult::Threads::hanging : RunResult::Threads::none};
  }

 private:
  /// A link that was begun, and how far it is.
  struct Entry {
    Entry(io::asio::io_context& context, Log& log, LinkOptions options, std::optional<Key> key)
        : link(context, log, std::move(options), std::move(key)) {}

    enum class State : std::uint8_t { starting, running, ended } state = State::starting;
    std::vector<std::uint16_t> ports;
    Link link;
  };
  using State = Entry::State;

  /// Why something does not work, on standard error, and in the log if that is elsewhere.
  void complain(const std::string& text) {
    print_error(text);
    if (options_.log_file) log_.line(text);
  }

  // ---- Beginnings ----

  void start_link(const LinkOptions& options) {
    std::optional<Key> key;
    if (options.key_file) {
      if (!undumpable_) undumpable_.emplace();
      auto loaded = io::read_key_file(*options.key_file, options.others_may_read);
      if (!loaded) {
        complain(loaded.error());
        return end(kExitCannotOpen);
      }
      if (loaded->warning) log_.line(*loaded->warning);
      key = std::move(loaded->key);
    }
    links_.push_back(std::make_unique<Entry>(context_, log_, options, std::move(key)));
    Entry& entry = *links_.back();
    entry.link.reporter().set_style({.verbosity = options_.verbosity});
    entry.link.start([this, &entry](const auto& result) { started(entry, result); },
                     [this, &entry](Link::Outcome outcome) { ended(entry, outcome); });
  }

  void started(Entry& entry, const std::expected<std::vector<std::uint16_t>, std::string>& ports) {
    if (!ports) {
      complain(entry.link.reporter().labelled(ports.error()));
      return retire(entry, kExitCannotOpen);
    }
    entry.ports = *ports;
    entry.state = State::running;
    tell_ports();
  }

  /// Once all links listen.
  void tell_ports() {
    std::vector<std::uint16_t> ports;
    for (const auto& entry : links_) {
      if (entry->state == State::starting) return;
      ports.insert(ports.end(), entry->ports.begin(), entry->ports.end());
    }
    if (!options_.test_port_file || ports.empty()) return;
    const auto written = write_port_file(*options_.test_port_file, ports);
    if (written) return;
    complain(written.error());
    end(kExitCannotOpen);
  }

  // ---- Ends ----

  void watch_signals() {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    struct sigaction hang_up {};
    const bool under_nohup = ::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN;
    if (!under_nohup) signals_.add(SIGHUP);
    wait_for_signal();
  }

  void wait_for_signal() {
    signals_.async_wait([this](io::ErrorCode error, int number) {
      if (error) return;
      if (std::exchange(stopping_, true)) return end(kExitSignal + number);
      log_.line(fmt::format("ending on {}", signal_name(number)));
      for (const auto& entry : links_) entry->link.stop();
      wait_for_signal();
    });
  }

  void ended(Entry& entry, Link::Outcome outcome) {
    if (outcome == Link::Outcome::stopped) return retire(entry, kExitOk);
    const std::string text = fmt::format("unable to connect to remote via {}", entry.link.options().port);
    complain(entry.link.reporter().labelled(text));
    retire(entry, kExitNoLink);
  }

  /// The last link to end says with which status the program does.
  void retire(Entry& entry, int status) {
    entry.state = State::ended;
    if (std::ranges::all_of(links_, [](const auto& each) { return each->state == State::ended; }))
      end(status);
  }

  void end(int status) {
    if (!status_) status_ = status;
  }

  const RunOptions& options_;
  Log& log_;
  io::asio::io_context context_{1};
  std::optional<io::Undumpable>
      undumpable_;  ///< goes after the links: when there are no keys in memory any more
  io::asio::signal_set signals_;
  std::vector<std::unique_ptr<Entry>> links_;
  std::optional<int> status_;
  bool stopping_ = false;
};

}  // namespace

RunResult run(const RunOptions& options) {
  auto log = Log::open(options.log_file);
  if (!log) {
    print_error(log.error());
    return {kExitCannotOpen};
  }
  raise_descriptor_limit();
  Program program(options, *log);
  return program.run();
}

}  // namespace serialtcp::cli
