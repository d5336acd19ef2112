// An output that takes only what can be written without blocking.
#include "cli/log.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "os/error_text.h"
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
  LogOutput(std::shared_ptr<io::LineSink> sink, LogFormat format) : sink_(std::move(sink)), format_(format) {}
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
    // The disk may have become full in the middle of a line.
    const auto written = sink_->write(cut_ ? "\n" + std::string(text) : std::string(text));
    if (written) {
      cut_ = false;
      return true;
    }
    cut_ = cut_ || written.error().cut;
    reason_ = written.error().reason;
    return false;
  }

  std::shared_ptr<io::LineSink> sink_;
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

Log::Log(std::shared_ptr<io::LineSink> sink, LogFormat format, Verbosity verbosity)
    : format_(format),
      colours_(format == LogFormat::text && sink->wants_colours() ? Colours::yes : Colours::no),
      verbosity_(verbosity) {
  output_ = std::make_shared<LogOutput>(std::move(sink), format);
}

std::expected<Log, std::string> Log::open(const std::optional<std::string>& file, const LogStyle& style) {
  if (!file) {
    const LogFormat usual = journal_reads_standard_error() ? LogFormat::journal : LogFormat::text;
    return Log(io::standard_error_sink(), style.format.value_or(usual), style.verbosity);
  }
  auto sink = io::file_sink(*file);
  if (!sink) {
    return std::unexpected(fmt::format("Could not open log file {}: {}: choose another one", *file,
                                       io::plain_text(sink.error())));
  }
  return to(std::move(*sink), style);
}

Log Log::to(std::shared_ptr<io::LineSink> sink, const LogStyle& style) {
  return {std::move(sink), style.format.value_or(LogFormat::text), style.verbosity};
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
