// While no program has the other side of a pty open, reading it fails with EIO and waiting for it ends at once: login closes
// the terminal and opens it again (vhangup), so that is tried again after a while.
#include "getty/terminal_program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/child_process.h"
#include "os/clock.h"
#include "os/environment.h"
#include "os/error_text.h"

namespace serialtcp::getty {

using io::ErrorCode;
using Descriptor = io::asio::posix::stream_descriptor;

namespace {

constexpr Duration kHolderAgain = std::chrono::milliseconds(50);
constexpr const char* kUsualTerm = "vt220";

bool is_there(const char* path) {
  return ::access(path, X_OK) == 0;
}

}  // namespace

std::vector<std::string> login_program() {
  const std::string term = io::environment_variable("TERM").value_or(kUsualTerm);
  for (const char* const path : {"/sbin/agetty", "/usr/sbin/agetty", "/usr/bin/agetty"}) {
    if (is_there(path)) return {path, "-o", "-p -- \\u", "--keep-baud", "115200,57600,38400,9600", "-", term};
  }
  for (const char* const path : {"/sbin/getty", "/usr/sbin/getty", "/bin/getty"}) {
    if (is_there(path)) return {path, "-L", "115200", "-", term};
  }
  return {"login"};
}

TerminalProgram::TerminalProgram(io::asio::io_context& context, std::shared_ptr<io::ProgramWatcher> watcher,
                                 std::vector<std::string> words, User& user)
    : context_(context),
      watcher_(std::move(watcher)),
      words_(std::move(words)),
      user_(user),
      terminal_(context),
      alarm_(context),
      holder_alarm_(context) {}

void TerminalProgram::start() {
  if (std::exchange(wanted_, true)) return;
  pause_ = Duration{};
  begin();
}

void TerminalProgram::hang_up() {
  wanted_ = false;
  alarm_.cancel();
  if (process_) process_->hang_up(terminal_.is_open() ? terminal_.native_handle() : -1);
  process_.reset();
  running_ = false;
  status_.reset();
  close_terminal();
}

// ---- Running it ----

void TerminalProgram::begin() {
  ++run_;
  status_.reset();
  began_ = io::now();
  const auto launched = launch();
  if (launched) return read_terminal();
  close_terminal();
  user_.tell(fmt::format("cannot start {}: {}", words_.front(), io::plain_text(launched.error())));
  again();
}

std::expected<void, int> TerminalProgram::launch() {
  const auto terminal = io::make_terminal(size_);
  if (!terminal) return std::unexpected(terminal.error());
  terminal_.assign(terminal->controller);
  terminal_.non_blocking(true);
  process_ = std::make_shared<io::session::Process>(context_, watcher_);
  const io::Program program{.words = words_};
  const io::StandardFiles files{.input = terminal->program_side,
                                .output = terminal->program_side,
                                .error_output = STDIN_FILENO,  // of the program: the terminal
                                .controlling_terminal = terminal->path};
  auto started = process_->start(program, files, lifetime_.guard([this, run = run_](int status) {
    if (run == run_) ended(status);
  }));
  ::close(terminal->program_side);
  running_ = started.has_value();
  return started;
}

void TerminalProgram::ended(int status) {
  running_ = false;
  process_.reset();
  status_ = status;
  alarm_.start(kLastOutput, [this] { again(); });
  read_waits_ = false;
  ++run_;
  ErrorCode ignored;
  if (terminal_.is_open()) terminal_.cancel(ignored);
  read_terminal();
}

/// It has ended, or could not be started.
void TerminalProgram::again() {
  close_terminal();
  const Duration lived = io::now() - began_;
  pause_ = lived >= kOfUse ? Duration{} : std::clamp(2 * pause_, kFirstPause, kLongestPause);
  if (const auto status = std::exchange(status_, std::nullopt); status && pause_ > Duration{}) {
    user_.tell(fmt::format("the program of the console {} at once; it is started again in {} s",
                           io::exit_text(*status), to_seconds(pause_)));
  }
  alarm_.start(pause_, [this] { begin(); });
}

void TerminalProgram::close_terminal() {
  ++run_;
  ErrorCode ignored;
  if (terminal_.is_open()) terminal_.close(ignored);
  holder_alarm_.cancel();
  read_waits_ = write_waits_ = false;
  input_.clear();
}

void TerminalProgram::resize(io::TerminalSize size) {
  size_ = size;
  if (terminal_.is_open()) io::resize_terminal(terminal_.native_handle(), size);
}

// ---- What it writes ----

void TerminalProgram::read_terminal() {
  if (std::exchange(reading_, true)) return;
  for (int i = 0; terminal_.is_open() && !read_waits_ && user_.output_wanted(); ++i) {
    if (i == kReadsPerTurn) {
      wait_readable();
    } else if (!read_some()) {
      break;
    }
  }
  reading_ = false;
}

/// False if there is nothing now.
bool TerminalProgram::read_some() {
  std::array<Byte, kReadAtOnce> buffer;
  ErrorCode error;
  const std::size_t count = terminal_.read_some(io::asio::buffer(buffer), error);
  if (error == io::asio::error::interrupted) return true;
  if (!error && count > 0) {
    user_.program_wrote(ByteView(buffer).first(count));
    return true;
  }
  if (!running_) {
    again();
  } else if (error == io::asio::error::would_block) {
    wait_readable();
  } else {
    wait_for_holder();
  }
  return false;
}

void TerminalProgram::wait_readable() {
  read_waits_ = true;
  terminal_.async_wait(Descriptor::wait_read, lifetime_.guard([this, run = run_](ErrorCode error) {
    if (run != run_) return;
    read_waits_ = false;
    if (!error) read_terminal();
  }));
}

void TerminalProgram::wait_for_holder() {
  read_waits_ = true;
  holder_alarm_.start(kHolderAgain, [this] {
    read_waits_ = false;
    read_terminal();
  });
}

// ---- What is typed ----

void TerminalProgram::type(ByteView keys) {
  if (!running_) return;
  const std::size_t room = kMostInput - std::min(kMostInput, input_.size());
  const ByteView taken = keys.first(std::min(room, keys.size()));
  input_.insert(input_.end(), taken.begin(), taken.end());
  write_terminal();
}

void TerminalProgram::write_terminal() {
  bool taken = false;
  while (terminal_.is_open() && !write_waits_ && !input_.empty()) {
    ErrorCode error;
    const std::size_t count = terminal_.write_some(io::asio::buffer(input_), error);
    if (error == io::asio::error::interrupted) continue;
    if (!error) {
      input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(count));
      taken = true;
      continue;
    }
    if (error != io::asio::error::would_block) {
      input_.clear();
      break;
    }
    write_waits_ = true;
    terminal_.async_wait(Descriptor::wait_write, lifetime_.guard([this, run = run_](ErrorCode failed) {
      if (run != run_) return;
      write_waits_ = false;
      if (!failed) write_terminal();
    }));
  }
  if (taken) user_.input_taken();
}

}  // namespace serialtcp::getty
