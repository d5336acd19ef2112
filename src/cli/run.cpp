// Composition: log, keys, links, signals, and the exit status that comes of them.
#include "cli/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/config_file.h"
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
  /// The options and the log outlive the program.
  Program(const RunOptions& options, Configuration config, Log& log)
      : options_(options), config_(std::move(config)), log_(log), signals_(context_) {}

  RunResult run() {
    watch_signals();
    wanted_ = config_.links;
    start_wanted(Weight::essential);
    while (!status_) context_.run_one();
    std::size_t hanging = 0;
    for (const auto& entry : links_) {
      entry->link.close_line();
      hanging += entry->link.lookups_running();
    }
    return {*status_, hanging > 0 ? RunResult::Threads::hanging : RunResult::Threads::none};
  }

 private:
  /// What becomes of the program when a link cannot start: at its start it ends; later, the others go on.
  enum class Weight : std::uint8_t { essential, one_of_many };

  /// A link that was begun, and how far it is.
  struct Entry {
    Entry(io::asio::io_context& context, Log& log, LinkOptions options, std::optional<Key> key,
          const io::ProcessShares& shares)
        : link(context, log, std::move(options), std::move(key), shares) {}

    ///   starting --> running --> leaving --> ended       leaving: the file does not have it, or not so, any
    ///   more
    ///      +------------+-----------------------^        as soon as it has ended, it is removed
    enum class State : std::uint8_t { starting, running, leaving, ended } state = State::starting;
    std::vector<std::uint16_t> ports;
    Link link;
  };
  using State = Entry::State;

  /// Why something does not work, on standard error, and in the log if that is elsewhere.
  void complain(const std::string& text) {
    print_error(text);
    if (log_file()) log_.line(text);
  }

  /// The command line goes before the file.
  const std::optional<std::string>& log_file() const {
    return options_.log_file ? options_.log_file : config_.log_file;
  }

  // ---- Beginnings ----

  std::expected<std::optional<Key>, std::string> key_of(const LinkOptions& options) {
    if (!options.key_file) return std::nullopt;
    if (!undumpable_) undumpable_.emplace();
    auto loaded = io::read_key_file(*options.key_file, options.others_may_read);
    if (!loaded) return std::unexpected(loaded.error());
    if (loaded->warning) log_.line(*loaded->warning);
    return std::move(loaded->key);
  }

  void start_link(const LinkOptions& options, Weight weight) {
    auto key = key_of(options);
    if (!key) {
      complain(config_.links.size() > 1 ? fmt::format("{}: {}", options.name, key.error()) : key.error());
      latest_status_ = kExitCannotOpen;
      if (weight == Weight::essential) stop_all(kExitCannotOpen);
      return;
    }
    links_.push_back(std::make_unique<Entry>(context_, log_, options, std::move(*key), shares_));
    Entry& entry = *links_.back();
    set_style(entry);
    entry.link.start([this, &entry, weight](const auto& result) { started(entry, weight, result); },
                     [this, &entry](Link::Outcome outcome) { ended(entry, outcome); });
  }

  void set_style(Entry& entry) {
    Reporter::Style style;
    if (config_.links.size() > 1) style.label = entry.link.options().name;
    const bool debug = options_.verbosity == Verbosity::debug || config_.debug;
    style.verbosity = debug ? Verbosity::debug : Verbosity::normal;
    entry.link.reporter().set_style(std::move(style));
  }

  void started(Entry& entry, Weight weight,
               const std::expected<std::vector<std::uint16_t>, std::string>& ports) {
    if (!ports) {
      complain(entry.link.reporter().labelled(ports.error()));
      retire(entry, kExitCannotOpen);
      if (weight == Weight::essential) stop_all(kExitCannotOpen);
      return;
    }
    entry.ports = *ports;
    entry.state = State::running;
    tell_ports();
  }

  /// Once all links listen.
  void tell_ports() {
    if (starting_) return;
    std::vector<std::uint16_t> ports;
    for (const auto& entry : links_) {
      if (entry->state == State::starting) return;
      if (entry->state == State::running) ports.insert(ports.end(), entry->ports.begin(), entry->ports.end());
    }
    if (!options_.test_port_file || ports.empty()) return;
    const auto written = write_port_file(*options_.test_port_file, ports);
    if (written) return;
    complain(written.error());
    end(kExitCannotOpen);
  }

  // ---- Signals ----

  void watch_signals() {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    struct sigaction hang_up {};
    const bool under_nohup = ::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN;
    if (!under_nohup || options_.config_file) signals_.add(SIGHUP);
    wait_for_signal();
  }

  void wait_for_signal() {
    signals_.async_wait([this](io::ErrorCode error, int number) {
      if (error) return;
      if (number == SIGHUP && options_.config_file) {
        if (!final_status_) reload();
        return wait_for_signal();
      }
      if (std::exchange(stopping_, true)) return end(kExitSignal + number);
      log_.line(fmt::format("ending on {}", signal_name(number)));
      stop_all(kExitOk);
      wait_for_signal();
    });
  }

  // ---- The file, read again ----

  void reload() {
    auto config = read_config(*options_.config_file);
    if (!config) {
      for (std::string_view lines = config.error(); !lines.empty();) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        log_.line(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
      }
      return log_.line(
          fmt::format("SIGHUP: nothing changes: {} cannot be used as it is now", *options_.config_file));
    }
    config_ = std::move(*config);
    if (const auto reopened = log_.reopen(log_file()); !reopened) log_.line(reopened.error());
    wanted_ = config_.links;
    std::size_t kept = 0;
    for (const auto& entry : links_) {
      if (entry->state != State::starting && entry->state != State::running) continue;
      const auto same = std::ranges::find(wanted_, entry->link.options());
      if (same != wanted_.end()) {
        wanted_.erase(same);
        ++kept;
      } else {
        entry->state = State::leaving;
      }
      set_style(*entry);
    }
    log_.line(fmt::format("SIGHUP: {} has been read again: {} of {} links are as they were",
                          *options_.config_file, kept, config_.links.size()));
    for (const auto& entry : links_) {
      if (entry->state == State::leaving) entry->link.stop();
    }
    start_wanted(Weight::one_of_many);
  }

  /// What is new may need a device or a port of what leaves, and waits for that.
  void start_wanted(Weight weight) {
    if (std::ranges::any_of(links_, [](const auto& entry) { return entry->state == State::leaving; })) return;
    starting_ = true;
    for (const LinkOptions& options : std::exchange(wanted_, {})) {
      if (!final_status_) start_link(options, weight);
    }
    starting_ = false;
    tell_ports();
    end_if_all_have_ended();
  }

  // ---- Ends ----

  void ended(Entry& entry, Link::Outcome outcome) {
    if (outcome == Link::Outcome::stopped) return retire(entry, kExitOk);
    const std::string text = fmt::format("unable to connect to remote via {}", entry.link.options().port);
    complain(entry.link.reporter().labelled(text));
    retire(entry, kExitNoLink);
  }

  void retire(Entry& entry, int status) {
    entry.state = State::ended;
    latest_status_ = status;
    // Its own handlers may be at work up the stack, and others that it had are queued: they go first.
    io::asio::post(context_, [this, &entry] {
      std::erase_if(links_, [&entry](const auto& each) { return each.get() == &entry; });
    });
    if (!wanted_.empty()) return start_wanted(Weight::one_of_many);
    end_if_all_have_ended();
  }

  /// `status` is the program's when the last link has ended.
  void stop_all(int status) {
    if (!final_status_) final_status_ = status;
    wanted_.clear();
    for (const auto& entry : links_) {
      if (entry->state != State::ended) entry->link.stop();
    }
    end_if_all_have_ended();
  }

  /// The last link to end says with which status the program does, unless that is settled.
  void end_if_all_have_ended() {
    if (starting_ || !wanted_.empty()) return;
    if (std::ranges::any_of(links_, [](const auto& entry) { return entry->state != State::ended; })) return;
    end(final_status_.value_or(latest_status_));
  }

  void end(int status) {
    if (!status_) status_ = status;
  }

  const RunOptions& options_;
  Configuration config_;
  Log& log_;
  io::asio::io_context context_{1};
  std::optional<io::Undumpable>
      undumpable_;  ///< goes after the links: when there are no keys in memory any more
  io::asio::signal_set signals_;
  io::ProcessShares shares_;
  std::vector<std::unique_ptr<Entry>> links_;
  std::vector<LinkOptions> wanted_;  ///< begin when those that leave have ended
  std::optional<int> status_;        ///< now
  std::optional<int> final_status_;  ///< when all have ended
  int latest_status_ = kExitOk;
  bool starting_ = false;  ///< several links, one after the other
  bool stopping_ = false;
};

}  // namespace

RunResult run(const RunOptions& options) {
  Configuration config{.links = {options.link}};
  if (options.config_file) {
    auto read = read_config(*options.config_file);
    if (!read) {
      print_error(read.error());
      return {kExitUsage};
    }
    config = std::move(*read);
  }
  auto log = Log::open(options.log_file ? options.log_file : config.log_file);
  if (!log) {
    print_error(log.error());
    return {kExitCannotOpen};
  }
  raise_descriptor_limit();
  Program program(options, std::move(config), *log);
  return program.run();
}

}  // namespace serialtcp::cli
