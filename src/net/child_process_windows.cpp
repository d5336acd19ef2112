// Carrying the bytes of the pipes, and ending a job without ever blocking.
#include "net/child_process_windows.h"

#include <fmt/format.h>

#include <boost/asio/write.hpp>
#include <utility>

#include "net/socket_pair.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

/// What Windows says of a program that Ctrl-C has ended.
constexpr UINT kTerminated = 0xC000013A;
/// From here on, numbers are exceptions and other failures of the system.
constexpr unsigned kFailure = 0xC0000000;
/// What cmd says.
constexpr int kNotFound = 9009;

int system_error_number(DWORD error) {
  return error_number(ErrorCode(static_cast<int>(error), boost::system::system_category()));
}

}  // namespace

std::string exit_text(int status) {
  const auto number = static_cast<unsigned>(status);
  if (number == kTerminated) return "was ended";
  if (number >= kFailure) return fmt::format("ended with status 0x{:08X}", number);
  return fmt::format("ended with status {}{}", status,
                     status == kNotFound ? " (there is no such command)" : "");
}

std::shared_ptr<ChildProcess> make_child_process(asio::io_context& context, std::shared_ptr<ProgramWatcher>,
                                                 ChildProcess::Reports reports,
                                                 ChildProcess::LeftBehind left_behind) {
  return std::make_shared<WindowsChild>(context, std::move(reports), left_behind);
}

WindowsChild::WindowsChild(asio::io_context& context, Reports reports, LeftBehind left_behind)
    : context_(context),
      ended_(std::move(reports.ended)),
      said_(std::move(reports.said)),
      left_behind_(left_behind),
      process_(context),
      input_(context),
      output_(context),
      error_output_(context),
      socket_(context),
      timer_(context) {}

std::expected<StreamSocket, int> WindowsChild::start(const std::string& command, int buffer) {
  auto sockets = socket_pair(context_);
  if (!sockets) return std::unexpected(sockets.error());
  auto program = start_program(command, buffer);
  if (!program) return std::unexpected(system_error_number(program.error()));
  socket_ = std::move(sockets->second);
  ErrorCode ignored;  // what the program has written is as if it had been read
  socket_.set_option(asio::socket_base::send_buffer_size(buffer), ignored);
  job_ = std::move(program->job);
  process_.assign(program->process.release());
  input_.assign(program->input.release());
  output_.assign(program->output.release());
  error_output_.assign(program->error_output.release());
  running_ = true;
  watch_exit();
  read_socket();
  read_output();
  read_error_output();
  return std::move(sockets->first);
}

// ---- The end of a process ----

void WindowsChild::cancel() {
  if (!running_ || asked_to_end_) return;
  asked_to_end_ = true;
  end_input();
  timer_.expires_after(kPatience);
  timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (!cancelled && self->running_) ::TerminateJobObject(self->job_.get(), kTerminated);
  });
}

void WindowsChild::give_up(Delivered delivered) {
  if (delivered == Delivered::nothing || !running_ || asked_to_end_) return cancel();
  timer_.expires_after(kLastWork);
  timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (!cancelled) self->cancel();
  });
}

void WindowsChild::forget() {
  ended_ = nullptr;
  said_.forget();
}

void WindowsChild::kill_now() {
  forget();
  timer_.cancel();
  if (job_) ::TerminateJobObject(job_.get(), kTerminated);
  job_.close();
  running_ = false;
  ErrorCode ignored;
  process_.close(ignored);
  input_.close(ignored);
  output_.close(ignored);
  error_output_.close(ignored);
  socket_.close(ignored);
}

void WindowsChild::watch_exit() {
  process_.async_wait([self = shared_from_this()](ErrorCode error) {
    if (!error && self->running_) self->ended();
  });
}

/// What it has written is still read. Then comes the end, even if another process holds its output.
void WindowsChild::ended() {
  DWORD status = 0;
  ::GetExitCodeProcess(process_.native_handle(), &status);
  status_ = static_cast<int>(status);
  running_ = false;
  timer_.cancel();
  if (asked_to_end_ || left_behind_ == LeftBehind::end) {
    ::TerminateJobObject(job_.get(), kTerminated);
  } else {
    let_stay(job_.get());
  }
  job_.close();
  ErrorCode ignored;
  process_.close(ignored);
  end_input();
  if (is_drained(output_)) output_.cancel(ignored);
  if (is_drained(error_output_)) error_output_.cancel(ignored);
  report_end();
}

/// Whether all that a program has written until it ended has been read, or will be by a read that is under way.
bool WindowsChild::is_drained(Pipe& pipe) const {
  DWORD count = 0;
  return !running_ && pipe.is_open() &&
         (::PeekNamedPipe(pipe.native_handle(), nullptr, 0, nullptr, &count, nullptr) == 0 || count == 0);
}

/// Once everybody who reads of it has all that it has written.
void WindowsChild::report_end() {
  if (running_ || output_.is_open() || error_output_.is_open()) return;
  if (const auto ended = std::exchange(ended_, nullptr)) ended(status_);
}

// ---- Standard input ----

void WindowsChild::read_socket() {
  socket_.async_read_some(asio::buffer(from_socket_),
                          [self = shared_from_this()](ErrorCode error, std::size_t count) {
                            error ? self->end_input() : self->write_input(count);
                          });
}

/// What the program does not read any more is dropped.
void WindowsChild::write_input(std::size_t count) {
  if (!input_.is_open()) return read_socket();
  asio::async_write(input_, asio::buffer(from_socket_.data(), count),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (error) self->end_input();
                      self->read_socket();
                    });
}

void WindowsChild::end_input() {
  ErrorCode ignored;
  input_.close(ignored);
}

// ---- Standard output ----

void WindowsChild::read_output() {
  output_.async_read_some(asio::buffer(from_program_),
                          [self = shared_from_this()](ErrorCode error, std::size_t count) {
                            error ? self->end_output() : self->write_output(count);
                          });
}

void WindowsChild::write_output(std::size_t count) {
  asio::async_write(socket_, asio::buffer(from_program_.data(), count),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (error || self->is_drained(self->output_)) return self->end_output();
                      self->read_output();
                    });
}

/// A program that writes more finds its output closed.
void WindowsChild::end_output() {
  ErrorCode ignored;
  output_.close(ignored);
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  report_end();
}

// ---- Standard error ----

void WindowsChild::read_error_output() {
  error_output_.async_read_some(asio::buffer(said_text_),
                                [self = shared_from_this()](ErrorCode error, std::size_t count) {
                                  if (error) return self->end_error_output();
                                  self->said_.take({self->said_text_.data(), count});
                                  if (self->is_drained(self->error_output_)) return self->end_error_output();
                                  self->read_error_output();
                                });
}

/// What it has said comes before its status.
void WindowsChild::end_error_output() {
  said_.end();
  ErrorCode ignored;
  error_output_.close(ignored);
  report_end();
}

}  // namespace serialtcp::io
