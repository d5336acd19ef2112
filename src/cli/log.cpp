// An output that takes only what can be written without blocking.
#include "cli/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "os/error_text.h"
#include "os/own_standard_error.h"
#include "os/wall_time.h"

namespace serialtcp::cli {

namespace {

/// Says how many lines are missing. It has no time: they are of several.
std::string dropped_line(LogFormat format, std::uint64_t count, const std::string& reason) {
  const std::string text = fmt::format("({} log lines dropped here: {})", count, reason);
  if (format == LogFormat::text || format == LogFormat::original) return text + "\n";
  const LogEntry entry{.level = LogLevel::warning, .event = LogEvent::dropped, .text = text};
  const std::string body = line_body(format, Colours::no, entry, Log::kMaxText);
  return format == LogFormat::json ? fmt::format("{{{}}}\n", body) : body + "\n";
}

}  // namespace

class LogOutput {
 public:
  /// Closes `owned`, if there is one, at the end.
  LogOutput(int fd, std::optional<int> owned, LogFormat format) : fd_(fd), owned_(owned), format_(format) {}
  ~LogOutput() {
    if (owned_) ::close(*owned_);
  }
  LogOutput(const LogOutput&) = delete;
  LogOutput& operator=(const LogOutput&) = delete;

  void put(std::string_view body) {
    if (dropped_ > 0 && !write(dropped_line(format_, dropped_, reason_))) {
      ++dropped_;
      return;
    }
    dropped_ = 0;
    if (!write(whole_line(format_, io::wall_time(), body))) ++dropped_;
  }

 private:
  /// False when it would have to wait, or cannot be written.
  bool write(std::string_view text) {
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) == 0) return failed("the output was not read");
    // The disk may have become full in the middle of a line.
    const std::string whole = cut_ ? "\n" + std::string(text) : std::string(text);
    const ssize_t put = ::write(fd_, whole.data(), whole.size());
    if (put == static_cast<ssize_t>(whole.size())) {
      cut_ = false;
      return true;
    }
    if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return failed("the output was not read");
    cut_ = cut_ || put > 0;
    return failed(put < 0 ? io::plain_text(errno) : "there was no space left");
  }

  bool failed(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  int fd_;
  std::optional<int> owned_;
  LogFormat format_;
  std::uint64_t dropped_ = 0;
  std::string reason_;  ///< for the last of them
  bool cut_ = false;    ///< the last line that was written has no end
};

namespace {

LogLevel least_level(Verbosity verbosity) {
  switch (verbosity) {
    case Verbosity::quiet:
      return LogLevel::warning;
    case Verbosity::normal:
      return LogLevel::info;
    case Verbosity::verbose:
      return LogLevel::debug;
    case Verbosity::debug:
      return LogLevel::trace;
  }
  return LogLevel::info;
}

}  // namespace

Log::Log(int fd, Ownership ownership, LogFormat format, Verbosity verbosity)
    : format_(format),
      colours_(format == LogFormat::text ? colours_for(fd) : Colours::no),
      verbosity_(verbosity) {
  const std::optional<int> owned = ownership == Ownership::owned ? std::optional(fd) : std::nullopt;
  output_ = std::make_shared<LogOutput>(fd, owned, format);
}

std::expected<Log, std::string> Log::open(const std::optional<std::string>& file, const LogStyle& style) {
  if (!file) {
    const LogFormat usual = journal_reads_standard_error() ? LogFormat::journal : LogFormat::text;
    const LogFormat format = style.format.value_or(usual);
    const int fd = io::own_standard_error();
    return fd >= 0 ? Log(fd, Ownership::owned, format, style.verbosity)
                   : Log(STDERR_FILENO, Ownership::borrowed, format, style.verbosity);
  }
  const int fd =
      ::open(file->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
  if (fd < 0) {
    return std::unexpected(
        fmt::format("Could not open log file {}: {}: choose another one", *file, io::plain_text(errno)));
  }
  return Log(fd, Ownership::owned, style.format.value_or(LogFormat::text), style.verbosity);
}

Log Log::to_descriptor(int fd, const LogStyle& style) {
  return {fd, Ownership::borrowed, style.format.value_or(LogFormat::text), style.verbosity};
}

std::expected<void, std::string> Log::reopen(const std::optional<std::string>& file, const LogStyle& style) {
  verbosity_ = style.verbosity;
  auto other = open(file, style);
  if (!other) return std::unexpected(other.error());
  *this = std::move(*other);
  return {};
}

bool Log::shows(LogLevel level) const {
  return level <= least_level(verbosity_);
}

std::string Log::body(const LogEntry& entry) const {
  return line_body(format_, colours_, entry, kMaxText);
}

void Log::put(const std::string& body) {
  output_->put(body);
}

void Log::write(const LogEntry& entry) {
  if (shows(entry.level)) put(body(entry));
}

}  // namespace serialtcp::cli
