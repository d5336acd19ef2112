// ProgramLine: common parts of the lines that are a program: its standard input and output are the line, which `Base` carries, and
// its standard error is logged. When it ends, the line is away, and it is started again.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/child_process.h"
#include "os/error_text.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "os/text.h"
#include "port/line_kind.h"

namespace serialtcp::io {

template <typename Base>
class ProgramLine : public Base {
 public:
  /// The pause before it is started again; it doubles while the peer was not heard on it.
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::seconds(30);
  /// What the program has written and we have not read.
  static constexpr int kProgramsBuffer = 64 * 1024;

  ~ProgramLine() override { end(); }

  void open(Line::Opened opened) override { opened(start()); }

  /// The program is asked to end, and killed if it does not, also if this object is destroyed before that.
  void close() override { end(); }

  /// What it has written comes first.
  LineResult read(MutableByteView into) override {
    LineResult result = Base::read(into);
    if (result.status == LineStatus::ok) return result;
    if (status_) return gone();
    if (result.status == LineStatus::gone) give_up();
    return {LineStatus::would_block};
  }

  /// What nobody reads any more is dropped.
  LineResult write(ByteView bytes) override {
    LineResult result = Base::write(bytes);
    if (result.status != LineStatus::gone) return result;
    if (status_) return gone();
    give_up();
    return {LineStatus::ok, bytes.size()};
  }

  void when_readable(Line::Ready ready) override {
    readable_ = std::move(ready);
    // Another process may hold the terminal.
    if (status_) asio::post(context_, lifetime_.guard([this] { wake(); }));
    // Its end would be readable all the time.
    if (!output_ended_) Base::when_readable([this] { wake(); });
  }

  Reopening reopening() const override {
    return {kFirstPause, kLongestPause, Duration::max(), Reopening::Hearing::counts};
  }

 protected:
  /// The observer must outlive the line.
  explicit ProgramLine(const LineRequest& request)
      : Base(request.context, printable(request.name)),
        context_(request.context),
        observer_(request.observer),
        watcher_(request.watcher) {}

  asio::io_context& context() const { return context_; }
  const std::shared_ptr<ProgramWatcher>& watcher() const { return watcher_; }

  /// Starts the program, and adopts our end of it; or returns an errno.
  virtual std::expected<std::shared_ptr<ChildProcess>, int> start_program(ChildProcess::Reports reports) = 0;

 private:
  std::expected<void, OpenError> start() {
    using enum OpenError::Kind;
    if (process_ && process_->running())
      return std::unexpected(OpenError{passing, "the previous program has not ended yet"});
    output_ended_ = false;
    status_.reset();
    ChildProcess::Reports reports;
    reports.said = [this](std::string_view line) {
      observer_.note(fmt::format("the program of {} says: {}", this->name(), line));
    };
    reports.ended = [this](int status) {
      status_ = status;
      wake();
    };
    auto started = start_program(std::move(reports));
    if (!started) {
      return std::unexpected(
          OpenError{passing, fmt::format("it could not be started: {}", plain_text(started.error()))});
    }
    process_ = std::move(*started);
    return {};
  }

  LineResult gone() const { return {LineStatus::gone, 0, "the program " + exit_text(*status_)}; }

  /// It has closed its input or output. Its status is awaited.
  void give_up() {
    if (std::exchange(output_ended_, true)) return;
    process_->give_up(Delivered::some);
  }

  void wake() {
    if (Line::Ready ready = std::exchange(readable_, nullptr)) ready();
  }

  void end() {
    readable_ = nullptr;
    if (process_) {
      process_->forget();
      process_->cancel();
    }
    Base::close();
  }

  asio::io_context& context_;
  Observer& observer_;
  std::shared_ptr<ProgramWatcher> watcher_;
  std::shared_ptr<ChildProcess> process_;
  bool output_ended_ = false;  ///< and the program is expected to end
  std::optional<int> status_;  ///< of the program, when it has ended
  Line::Ready readable_;
  Lifetime lifetime_;
};

/// Whether a line can be this command. The error completes "Could not open serial port X: ...".
std::expected<void, OpenError> look_at_command(std::string_view command);

/// Each link starts a program of its own.
std::optional<std::string> command_is_shared(const std::string& name);

inline constexpr SilenceAdvice kExecAdvice = {
    .reasons = "the command does not reach it (what it says is in this log)",
    .check = "check the command, and what it says in this log",
    .speed = SilenceAdvice::Speed::none};

}  // namespace serialtcp::io
