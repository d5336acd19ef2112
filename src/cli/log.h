// Log: one line for each message, to standard error or a file, in the chosen format. Never blocks and never fails: a
// line that cannot be written (a reader that does not read, a full disk) is dropped, and the next that can be says how
// many were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/log_format.h"
#include "cli/log_style.h"
#include "os/line_sink.h"

namespace serialtcp::cli {

class LogOutput;

class Log {
 public:
  /// Appends to `file`, or writes to standard error. The error is a whole sentence.
  static std::expected<Log, std::string> open(const std::optional<std::string>& file,
                                              const LogStyle& style = {});
  static Log to(std::shared_ptr<io::LineSink> sink, const LogStyle& style = {});

  /// Longer texts are cut. What it writes at once has to fit into a pipe (PIPE_BUF).
  static constexpr std::size_t kMaxLine = 4000;
  /// For names, colours and the time beside the text.
  static constexpr std::size_t kMaxText = kMaxLine - 400;

  bool shows(LogLevel level) const;
  /// As it would be written, apart from the time. `label` of the entry counts only in formats for people.
  std::string body(const LogEntry& entry) const;
  /// Bytes of a line with this body.
  std::size_t size(const std::string& body) const { return body.size() + frame_size(format_); }
  void put(const std::string& body);
  /// The same in one, if the level is shown.
  void write(const LogEntry& entry);
  /// About the program, not about a link.
  void line(std::string_view text) { write({.level = level_of(LogEvent::program, text), .text = text}); }

  /// From the next line on, writes to `file`, or to standard error: also when that is the file that it writes
  /// to already but has been renamed since. On an error, a whole sentence, nothing changes but the verbosity.
  std::expected<void, std::string> reopen(const std::optional<std::string>& file, const LogStyle& style = {});

  void set_verbosity(Verbosity verbosity) { verbosity_ = verbosity; }
  Verbosity verbosity() const { return verbosity_; }
  /// Whether programs read it: nothing else must be written to the same place.
  bool is_for_programs() const { return format_ == LogFormat::json || format_ == LogFormat::journal; }

 private:
  Log(std::shared_ptr<io::LineSink> sink, LogFormat format, Verbosity verbosity);

  std::shared_ptr<LogOutput> output_;
  LogFormat format_;
  Colours colours_;
  Verbosity verbosity_;
};

}  // namespace serialtcp::cli
