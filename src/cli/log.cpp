// A sink for spdlog that asks before it writes.
#include "cli/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#define SPDLOG_COMPILED_LIB
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include "os/error_text.h"
#include "os/own_standard_error.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

constexpr const char* kPattern = "%Y-%m-%d %H:%M:%S,%e %v";

enum class Ownership { borrowed, owned };

class DescriptorSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  DescriptorSink(int fd, Ownership ownership) : fd_(fd), ownership_(ownership) {}
  ~DescriptorSink() override {
    if (ownership_ == Ownership::owned) ::close(fd_);
  }
  DescriptorSink(const DescriptorSink&) = delete;
  DescriptorSink& operator=(const DescriptorSink&) = delete;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (dropped_ > 0 && !write(fmt::format("({} log lines dropped here: {})\n", dropped_, reason_))) {
      ++dropped_;
      return;
    }
    dropped_ = 0;
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (!write({line.data(), line.size()})) ++dropped_;
  }

  void flush_() override {}

 private:
  /// False when it would have to wait, or cannot be written.
  bool write(std::string_view text) {
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) == 0) return failed("the output was not read");
    // A disk that was full in the middle of a line has the beginning of it.
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
  Ownership ownership_;
  std::uint64_t dropped_ = 0;
  std::string reason_;  ///< for the last of them
  bool cut_ = false;    ///< the last line that was written has no end
};

std::shared_ptr<spdlog::logger> make_logger(int fd, Ownership ownership) {
  auto logger =
      std::make_shared<spdlog::logger>("serialtcp", std::make_shared<DescriptorSink>(fd, ownership));
  logger->set_formatter(
      std::make_unique<spdlog::pattern_formatter>(kPattern, spdlog::pattern_time_type::local, "\n"));
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

}  // namespace

std::expected<Log, std::string> Log::open(const std::optional<std::string>& file) {
  if (!file) {
    const int fd = io::own_standard_error();
    return Log(fd >= 0 ? make_logger(fd, Ownership::owned) : make_logger(STDERR_FILENO, Ownership::borrowed));
  }
  const int fd =
      ::open(file->c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
  if (fd < 0) {
    return std::unexpected(
        fmt::format("Could not open log file {}: {}: choose another one", *file, io::plain_text(errno)));
  }
  return Log(make_logger(fd, Ownership::owned));
}

Log Log::to_descriptor(int fd) {
  return Log(make_logger(fd, Ownership::borrowed));
}

std::expected<void, std::string> Log::reopen(const std::optional<std::string>& file) {
  auto other = open(file);
  if (!other) return std::unexpected(other.error());
  logger_ = std::move(other->logger_);
  return {};
}

void Log::line(std::string_view text) {
  logger_->log(spdlog::level::info, io::printable(text.substr(0, kMaxLine)));
}

}  // namespace serialtcp::cli
