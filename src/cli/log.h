// Log: lines with a time, to standard error or a file. Never blocks and never fails: a line that cannot be
// written (a reader that does not read, a full disk) is dropped, and the next that can be says how many were.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace serialtcp::cli {

class Log {
 public:
  /// Appends to `file`, or writes to standard error. The error is a whole sentence.
  static std::expected<Log, std::string> open(const std::optional<std::string>& file);
  /// Writes to a descriptor that stays the caller's.
  static Log to_descriptor(int fd);

  /// Longer lines are cut. What it writes at once has to fit into a pipe (PIPE_BUF).
  static constexpr std::size_t kMaxLine = 4000;

  /// What a terminal might take for more than text is replaced.
  void line(std::string_view text);

  /// From the next line on, writes to `file`, or to standard error: also when that is the file that it writes
  /// to already but has been renamed since. On an error, a whole sentence, nothing changes.
  std::expected<void, std::string> reopen(const std::optional<std::string>& file);

 private:
  explicit Log(std::shared_ptr<spdlog::logger> logger) : logger_(std::move(logger)) {}

  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace serialtcp::cli
