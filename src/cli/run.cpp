// Composition: log, line, driver, listener or target, signals.
#include "cli/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "cli/log.h"
#include "cli/messages.h"
#include "cli/reporter.h"
#include "cli/service_factory.h"
#include "io/driver.h"
#include "io/key_file.h"
#include "io/line_factory.h"

namespace serialtcp::cli {

namespace {

/// As many connections as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// For standard error, whatever the log is. Closed or stuck, there is nobody to tell.
void print_error(const std::string& text) {
  constexpr int kPatienceMilliseconds = 100;
  const std::string line = text + "\n";
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, kPatienceMilliseconds) <= 0) return;
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

/// Written beside and renamed, so that a reader finds all of it or nothing.
std::expected<void, std::string> write_port_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  std::FILE* const file = std::fopen(beside.c_str(), "we");
  bool good = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr && std::fclose(file) != 0) good = false;
  if (good && std::rename(beside.c_str(), path.c_str()) == 0) return {};
  return std::unexpected(fmt::format("Could not write {}: choose another file for --test-port-file", path));
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
  Program(const RunOptions& options, Log& log, const std::optional<Key>& key)
      : options_(options), key_(key), reporter_(log, options), signals_(context_) {}

  RunResult run() {
    auto line = io::make_line(context_, options_.port, options_.serial, reporter_);
    if (!line) return {fail_to_open(line.error())};
    driver_ = std::make_unique<io::Driver>(context_, driver_config(), std::move(*line), reporter_,
                                           [this](io::Driver::Outcome outcome) { finished(outcome); });
    watch_signals();
    driver_->open([this](const std::expected<void, io::OpenError>& result) {
      if (result) {
        line_opened();
      } else {
        end(fail_to_open(result.error().text));
      }
    });
    while (!status_) context_.run_one();
    driver_->close_line();
    return {*status_,
            driver_->lookups_running() > 0 ? RunResult::Threads::hanging : RunResult::Threads::none};
  }

 private:
  io::Driver::Config driver_config() const {
    io::Driver::Config config;
    config.endpoint.role = original_role(options_.servers, options_.clients);
    config.endpoint.services = service_names(options_.servers, options_.clients);
    config.endpoint.protocol = options_.protocol;
    config.endpoint.hold = options_.hold;
    config.endpoint.compression = options_.compression;
    config.endpoint.key = key_;
    config.endpoint.connect_timeout = options_.connect_timeout;
    config.endpoint.nominal_rate = io::nominal_rate(options_.serial);
    config.sync_timeout = options_.sync_timeout;
    config.missing = options_.missing;
    return config;
  }

  /// Why the program ends, on standard error, and in the log if that is elsewhere.
  void complain(const std::string& text) {
    print_error(text);
    if (options_.log_file) reporter_.note(text);
  }

  int fail_to_open(const std::string& reason) {
    complain(fmt::format("Could not open serial port {}: {}", options_.port, reason));
    return kExitCannotOpen;
  }

  void line_opened() {
    for (const ServiceSpec& spec : options_.clients) offer(spec);
    if (const auto listening = listen_for_all(); !listening) {
      complain(listening.error());
      end(kExitCannotOpen);
    }
  }

  static std::string label(const ServiceSpec& spec) {
    return spec.name.empty() ? "" : fmt::format(" of '{}'", spec.name);
  }

  void offer(const ServiceSpec& spec) {
    auto target = make_back_end(spec, context_, driver_->resolver(), reporter_, options_.connect_timeout);
    reporter_.note(fmt::format("connecting to {} for each connection{} that comes through {}", target->name(),
                               label(spec), options_.port));
    driver_->offer(spec.name, std::move(target), spec.limit);
  }

  std::expected<void, std::string> listen_for_all() {
    std::string ports;
    for (const ServiceSpec& spec : options_.servers) {
      const auto listening = listen(spec);
      if (!listening) return std::unexpected(listening.error());
      if (*listening) ports += fmt::format("{}\n", **listening);
    }
    if (!options_.test_port_file || ports.empty()) return {};
    return write_port_file(*options_.test_port_file, ports);
  }

  /// The TCP port, if it is one.
  std::expected<std::optional<std::uint16_t>, std::string> listen(const ServiceSpec& spec) {
    auto made = make_front_end(spec, context_, reporter_);
    if (!made) return std::unexpected(made.error());
    reporter_.note(fmt::format("listening on {} for connections{} to go through {}", made->where, label(spec),
                               options_.port));
    if (made->exposed == Exposed::yes) reporter_.note(exposed_message(made->where));
    Purpose purpose;
    purpose.name = spec.name;
    purpose.priority = spec.priority;
    driver_->serve(purpose, std::move(made->front_end), spec.limit);
    return made->port;
  }

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
      reporter_.note(fmt::format("ending on {}", signal_name(number)));
      driver_->stop();
      wait_for_signal();
    });
  }

  void finished(io::Driver::Outcome outcome) {
    if (outcome == io::Driver::Outcome::stopped) return end(kExitOk);
    complain(fmt::format("unable to connect to remote via {}", options_.port));
    end(kExitNoLink);
  }

  void end(int status) {
    if (!status_) status_ = status;
  }

  const RunOptions& options_;
  const std::optional<Key> key_;
  io::asio::io_context context_{1};
  Reporter reporter_;
  io::asio::signal_set signals_;
  std::unique_ptr<io::Driver> driver_;
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
  std::optional<io::Undumpable> undumpable;  // goes last: when there are no keys in memory any more
  std::optional<Key> key;
  if (options.key_file) {
    undumpable.emplace();
    auto loaded = io::read_key_file(*options.key_file, options.others_may_read);
    if (!loaded) {
      print_error(loaded.error());
      if (options.log_file) log->line(loaded.error());
      return {kExitCannotOpen};
    }
    if (loaded->warning) log->line(*loaded->warning);
    key = std::move(loaded->key);
  }
  Program program(options, *log, key);
  return program.run();
}

}  // namespace serialtcp::cli
