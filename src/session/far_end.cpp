#include "session/far_end.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "net/child_process.h"
#include "net/socket_pair.h"
#include "os/text.h"

namespace serialtcp::io::session {

using namespace wire::session;

namespace {

constexpr std::size_t kOutputAtOnce = 16 * 1024;
/// What ends the input of a program that reads lines from a terminal.
constexpr Byte kEndOfText = 4;
constexpr Channel kOutputs[] = {Channel::output, Channel::error_output};

Exit exit_of(int status) {
  if (WIFSIGNALED(status)) return {Exit::How::signal, static_cast<std::uint8_t>(WTERMSIG(status))};
  return {Exit::How::status, static_cast<std::uint8_t>(WEXITSTATUS(status))};
}

}  // namespace

FarEnd::FarEnd(asio::io_context& context, Config config)
    : context_(context), config_(std::move(config)), socket_(context), alarm_(context) {}

std::expected<StreamSocket, int> FarEnd::begin() {
  auto pair = socket_pair(context_);
  if (!pair) return std::unexpected(pair.error());
  socket_ = std::move(pair->second);
  alarm_.start(config_.patience, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self) self->refuse({Reason::other, "nothing has been asked for in time"});
  });
  wait_for_stream();
  return std::move(pair->first);
}

/// What waits in the socket has left the program, but not this machine: it delays what the program does about a key. So it
/// is half a second of the line.
void FarEnd::expect(std::uint64_t rate) {
  constexpr std::uint64_t kLeast = 4 * 1024;
  constexpr std::uint64_t kMost = 104 * 1024;
  ErrorCode ignored;
  socket_.set_option(
      asio::socket_base::send_buffer_size(static_cast<int>(std::clamp(rate / 2, kLeast, kMost))), ignored);
}

asio::posix::stream_descriptor& FarEnd::descriptor(Channel channel) {
  return channel == Channel::output ? running_->output : running_->error_output;
}

// ---- What the other end says ----

void FarEnd::wait_for_stream() {
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (!error && !self->over_) self->read_stream();
  });
}

void FarEnd::read_stream() {
  std::array<Byte, kOutputAtOnce> buffer;
  ErrorCode error;
  const std::size_t count = socket_.receive(asio::buffer(buffer), 0, error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return wait_for_stream();
  if (error) return finish();
  ByteView rest = ByteView(buffer).first(count);
  while (const auto message = reader_.next(rest)) {
    if (!ending_ && !take(*message)) refuse({Reason::other, "a message that does not belong here"});
    if (over_) return;
  }
  if (reader_.malformed()) refuse({Reason::other, "a malformed message"});
  if (!over_) wait_for_stream();
}

/// False if it does not belong here.
bool FarEnd::take(const Message& message) {
  if (const auto* const start = std::get_if<Start>(&message)) return take_start(*start);
  if (!running_) {
    if (const auto* const credit = std::get_if<Credit>(&message)) take_credit(*credit);
    return true;
  }
  if (const auto* const data = std::get_if<Data>(&message)) return take_data(*data);
  if (const auto* const end = std::get_if<End>(&message)) return take_end(end->channel);
  if (const auto* const credit = std::get_if<Credit>(&message)) {
    take_credit(*credit);
  } else if (const auto* const stop = std::get_if<Stop>(&message)) {
    take_stop(stop->channel);
  } else if (const auto* const size = std::get_if<Size>(&message)) {
    if (running_->resize && running_->output.is_open()) running_->resize(*size);
  } else {
    return false;
  }
  return true;
}

bool FarEnd::take_start(const Start& start) {
  if (running_) return false;
  alarm_.cancel();
  if (!config_.refusal && start.version != kVersion)
    config_.refusal = Refused{Reason::unknown, fmt::format("version {} of sessions", start.version)};
  if (is_refused(start)) {
    refuse(*config_.refusal);
    return true;
  }
  auto running = launch(context_, config_.watcher, config_.repertoire, start,
                        [self = shared_from_this()](int status) { self->program_ended(status); });
  if (!running) {
    refuse(running.error());
    return true;
  }
  running_ = std::move(*running);
  config_.tell(running_->process
                   ? fmt::format("runs {}{}", description(start), running_->resize ? " on a terminal" : "")
                   : fmt::format("shows {}", description(start)));
  say(Started{});
  say(Credit{Channel::input, input_.window()});
  for (const Channel channel : kOutputs) output(channel).ended = !descriptor(channel).is_open();
  pump_all();
  return true;
}

/// A console asks for a name and a password itself: whoever may have the link may look at it.
bool FarEnd::is_refused(const Start& start) const {
  if (!config_.refusal) return false;
  return start.kind != Kind::console || config_.refusal->reason != Reason::not_allowed;
}

bool FarEnd::take_data(const Data& data) {
  if (data.channel != Channel::input || !input_.receive(data.bytes)) return false;
  feed_program();
  return true;
}

bool FarEnd::take_end(Channel channel) {
  if (channel != Channel::input) return false;
  input_.end();
  feed_program();
  return true;
}

void FarEnd::take_credit(const Credit& credit) {
  if (credit.channel == Channel::input) return;
  output(credit.channel).flow.granted(credit.count);
  pump(credit.channel);
}

/// A program that writes more gets a SIGPIPE.
void FarEnd::take_stop(Channel channel) {
  if (channel == Channel::input || output(channel).ended) return;
  end_output(channel);
  flush();
}

// ---- The input of the program ----

void FarEnd::feed_program() {
  while (!ending_ && running_->input.is_open() && input_.waiting() > 0 && !input_waits_) {
    ErrorCode error;
    const ByteView bytes = input_.first(kOutputAtOnce);
    const std::size_t count = running_->input.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error == asio::error::interrupted) continue;
    if (error == asio::error::would_block) {
      input_waits_ = true;
      running_->input.async_wait(asio::posix::stream_descriptor::wait_write,
                                 [self = shared_from_this()](ErrorCode failed) {
                                   self->input_waits_ = false;
                                   if (!failed && !self->over_) self->feed_program();
                                 });
      break;
    }
    if (error) {
      input_lost();
      break;
    }
    input_.passed_on(count);
  }
  if (!running_->input.is_open()) input_.drop();
  if (input_.done()) end_input();
  if (const std::uint32_t grant = input_.take_grant(); grant > 0 && !exited_)
    say(Credit{Channel::input, grant});
  flush();
}

void FarEnd::end_input() {
  if (!running_->input.is_open()) return;
  ErrorCode ignored;
  const bool reads_terminal = running_->process && running_->resize;
  if (reads_terminal) running_->input.write_some(asio::buffer(&kEndOfText, 1), ignored);
  running_->input.close(ignored);
}

/// Nobody reads it any more.
void FarEnd::input_lost() {
  ErrorCode ignored;
  running_->input.close(ignored);
  if (!exited_) say(Stop{Channel::input});
}

// ---- Its output ----

void FarEnd::pump_all() {
  for (const Channel channel : kOutputs) pump(channel);
}

void FarEnd::pump(Channel channel) {
  Output& from = output(channel);
  while (!over_ && !from.ended && !from.waits && from.flow.credit() > 0 && out_.size() < kMostPending) {
    if (!read_program(channel)) break;
  }
  flush();
}

/// False if there is nothing now.
bool FarEnd::read_program(Channel channel) {
  Output& from = output(channel);
  std::array<Byte, kMostData> buffer;
  const auto room = MutableByteView(buffer).first(std::min(kMostData, from.flow.credit()));
  ErrorCode error;
  const std::size_t count = descriptor(channel).read_some(asio::buffer(room.data(), room.size()), error);
  if (error == asio::error::interrupted) return true;
  if (!error) {
    say(Data{channel, ByteView(buffer).first(count)});
    from.flow.sent(count);
    return true;
  }
  // Others may have the terminal open for long: the program was the one that counts.
  const bool last = exited_ && running_->resize;
  if (error != asio::error::would_block || last) {
    end_output(channel);
    if (!running_->process) refuse({Reason::other, "the console is not there any more"});
    return false;
  }
  from.waits = true;
  descriptor(channel).async_wait(asio::posix::stream_descriptor::wait_read,
                                 [self = shared_from_this(), channel](ErrorCode failed) {
                                   self->output(channel).waits = false;
                                   if (!failed || !self->over_) self->pump(channel);
                                 });
  return false;
}

void FarEnd::end_output(Channel channel) {
  output(channel).ended = true;
  ErrorCode ignored;
  descriptor(channel).close(ignored);
  say(End{channel});
}

void FarEnd::program_ended(int status) {
  exited_ = true;
  config_.tell("the program " + exit_text(status));
  if (over_) return;
  say(exit_of(status));
  if (running_->resize && running_->output.is_open()) running_->output.cancel();
  pump_all();
}

// ---- What is said to the other end ----

void FarEnd::say(const Message& message) {
  write(message, out_);
}

void FarEnd::refuse(const Refused& refused) {
  if (over_ || std::exchange(ending_, true)) return;
  config_.tell(fmt::format("refused: {}", printable(refused.text)));
  hang_up_program();
  say(refused);
  flush();
}

void FarEnd::hang_up_program() {
  if (!running_ || !running_->process) return;
  running_->process->hang_up(running_->resize ? running_->output.native_handle() : -1);
}

void FarEnd::flush() {
  while (!over_ && !out_.empty() && !write_waits_) {
    ErrorCode error;
    const std::size_t count = socket_.send(asio::buffer(out_), MSG_NOSIGNAL, error);
    if (error == asio::error::interrupted) continue;
    if (error == asio::error::would_block) {
      write_waits_ = true;
      socket_.async_wait(StreamSocket::wait_write, [self = shared_from_this()](ErrorCode failed) {
        self->write_waits_ = false;
        if (failed || self->over_) return;
        self->flush();
        self->pump_all();
      });
      break;
    }
    if (error) return finish();
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (over_ || !out_.empty()) return;
  const bool all_said = exited_ && outputs_[0].ended && outputs_[1].ended;
  if (!ending_ && !all_said) return;
  ending_ = true;
  ErrorCode ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
}

void FarEnd::finish() {
  if (std::exchange(over_, true)) return;
  alarm_.cancel();
  ErrorCode ignored;
  socket_.close(ignored);
  if (!running_) return;
  hang_up_program();
  for (auto* const one : {&running_->input, &running_->output, &running_->error_output}) one->close(ignored);
}

}  // namespace serialtcp::io::session
