// ppoll(2), with a buffer for each direction. Signals come while it waits and at no other time, so none is missed.
#include "session/near_end.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <utility>

namespace serialtcp::io::session {

using namespace wire::session;

namespace {

/// A key may become one byte more than it is.
constexpr std::size_t kBytesOfKey = 2;
constexpr std::size_t kInputAtOnce = 16 * 1024;
/// What the socket has not accepted; then the input is not read.
constexpr std::size_t kMostPending = 16 * 1024;
/// A pipe that is writable takes as much without blocking.
constexpr std::size_t kWritableAtLeast = PIPE_BUF;
constexpr short kOver = POLLHUP | POLLERR | POLLNVAL;
/// A person sees the effect of a key only behind what is under way.
constexpr std::uint32_t kTerminalWindow = 16 * 1024;

volatile std::sig_atomic_t resized = 0;
volatile std::sig_atomic_t deadly = 0;

void note_resize(int) {
  resized = 1;
}

void note_deadly(int number) {
  deadly = number;
}

/// Signals are handled from the first call on, only while this mask of ppoll() lets them through.
sigset_t hold_signals() {
  sigset_t held;
  sigset_t before;
  ::sigemptyset(&held);
  for (const int number : {SIGWINCH, SIGTERM, SIGHUP, SIGINT}) ::sigaddset(&held, number);
  ::pthread_sigmask(SIG_BLOCK, &held, &before);
  struct sigaction action {};
  action.sa_handler = &note_resize;
  ::sigaction(SIGWINCH, &action, nullptr);
  action.sa_handler = &note_deadly;
  for (const int number : {SIGTERM, SIGHUP, SIGINT}) {
    struct sigaction old {};
    if (::sigaction(number, nullptr, &old) == 0 && old.sa_handler != SIG_IGN)
      ::sigaction(number, &action, nullptr);
  }
  for (const int number : {SIGWINCH, SIGTERM, SIGHUP, SIGINT}) ::sigdelset(&before, number);
  return before;
}

const sigset_t& open_mask() {
  static const sigset_t mask = hold_signals();
  return mask;
}

}  // namespace

NearEnd::NearEnd(int socket, const std::string& first, Start start, Files files)
    : socket_(socket),
      start_(std::move(start)),
      files_(files),
      outputs_{Output{files.output, ReceiveFlow(start_.terminal.rows > 0 ? kTerminalWindow : kWindow)},
               Output{files.error_output, ReceiveFlow()}} {
  begin();
  take(ByteView(reinterpret_cast<const Byte*>(first.data()), first.size()));
}

NearEnd::~NearEnd() {
  // What was not read would make a reset of it.
  std::array<Byte, kInputAtOnce> rest;
  while (::recv(socket_, rest.data(), rest.size(), MSG_DONTWAIT) > 0) {
  }
  ::close(socket_);
}

void NearEnd::begin() {
  say(start_);
  for (const Channel channel : {Channel::output, Channel::error_output})
    say(Credit{channel, output(channel).flow.window()});
}

Outcome NearEnd::run() {
  open_mask();
  tell_size();  // it may have changed since start_ has it
  while (!outcome_) wait();
  raw_.put_back();
  return *outcome_;
}

/// Until something can be done, and does it.
void NearEnd::wait() {
  const bool all_sent = to_stream_.empty();
  const auto writable = [](const Output& output) {
    return pollfd{output.flow.waiting() > 0 ? output.fd : -1, POLLOUT, 0};
  };
  std::array<pollfd, 4> ready{
      pollfd{wants_input() ? files_.input : -1, POLLIN, 0},
      pollfd{stream_ended_ ? -1 : socket_, static_cast<short>(all_sent ? POLLIN : POLLIN | POLLOUT), 0},
      writable(outputs_[0]), writable(outputs_[1])};
  const int count = ::ppoll(ready.data(), ready.size(), nullptr, &open_mask());
  if (deadly != 0) return end(Outcome::Kind::left, 128 + deadly);
  if (std::exchange(resized, 0) != 0) tell_size();
  if (count > 0) {
    if ((ready[0].revents & (POLLIN | kOver)) != 0) read_input();
    if ((ready[1].revents & (POLLIN | kOver)) != 0) read_stream();
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (ready[i + 2].revents != 0) write_output(outputs_[i]);
    }
  }
  if (!to_stream_.empty()) send_stream();
  look_for_end();
}

/// All that has arrived is in the outputs first.
void NearEnd::look_for_end() {
  const auto& [output, error_output] = outputs_;
  if (output.flow.waiting() > 0 || error_output.flow.waiting() > 0) return;
  if (exit_ && output.flow.ended() && error_output.flow.ended()) {
    end(Outcome::Kind::exited, exit_->value + (exit_->how == Exit::How::signal ? 128 : 0));
  } else if (stream_ended_) {
    end(started_ ? Outcome::Kind::lost : Outcome::Kind::not_answered);
  }
}

void NearEnd::end(Outcome::Kind kind, int status) {
  if (!outcome_) outcome_ = Outcome{.kind = kind, .status = status};
}

// ---- From the input to the stream ----

bool NearEnd::wants_input() const {
  return started_ && !input_ended_ && !exit_ && input_flow_.credit() >= kBytesOfKey &&
         to_stream_.size() < kMostPending;
}

void NearEnd::read_input() {
  std::array<Byte, kMostData> buffer;
  const std::size_t room = std::min(buffer.size(), input_flow_.credit());
  const std::size_t most = raw_.is_set() ? room / kBytesOfKey : room;
  const ssize_t count = ::read(files_.input, buffer.data(), most);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return end_input();
  const auto bytes = ByteView(buffer).first(static_cast<std::size_t>(count));
  if (!raw_.is_set()) return type(bytes);
  Bytes keys;
  const bool stays = escape_.type(bytes, keys);
  type(keys);
  if (!stays) end(Outcome::Kind::left, 0);
}

void NearEnd::type(ByteView bytes) {
  if (bytes.empty()) return;
  say(Data{Channel::input, bytes});
  input_flow_.sent(bytes.size());
}

void NearEnd::end_input() {
  input_ended_ = true;
  say(End{Channel::input});
}

void NearEnd::send_stream() {
  const ssize_t count = ::send(socket_, to_stream_.data(), to_stream_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count > 0) to_stream_.erase(to_stream_.begin(), to_stream_.begin() + count);
  // Reading tells why it fails.
  if (count < 0 && errno != EAGAIN && errno != EINTR) to_stream_.clear();
}

// ---- From the stream to the outputs ----

void NearEnd::read_stream() {
  std::array<Byte, kInputAtOnce> buffer;
  const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    stream_ended_ = true;
    return;
  }
  take(ByteView(buffer).first(static_cast<std::size_t>(count)));
}

void NearEnd::take(ByteView bytes) {
  while (const auto message = reader_.next(bytes)) take(*message);
  if (reader_.malformed()) end(Outcome::Kind::malformed);
}

void NearEnd::take(const Message& message) {
  if (std::holds_alternative<Started>(message)) return started();
  if (const auto* const refused = std::get_if<Refused>(&message)) {
    end(Outcome::Kind::refused);
    outcome_->refusal = *refused;
  } else if (const auto* const data = std::get_if<Data>(&message)) {
    if (data->channel == Channel::input || !output(data->channel).flow.receive(data->bytes))
      return end(Outcome::Kind::malformed);
    if (output(data->channel).lost) output(data->channel).flow.drop();
  } else if (const auto* const over = std::get_if<End>(&message)) {
    if (over->channel != Channel::input) output(over->channel).flow.end();
  } else if (const auto* const credit = std::get_if<Credit>(&message)) {
    if (credit->channel == Channel::input) input_flow_.granted(credit->count);
  } else if (const auto* const stop = std::get_if<Stop>(&message)) {
    if (stop->channel == Channel::input) input_ended_ = true;
  } else if (const auto* const exit = std::get_if<Exit>(&message)) {
    exit_ = *exit;
  }
}

void NearEnd::started() {
  started_ = true;
  if (start_.terminal.rows == 0) return;
  outputs_[1].flow.end();  // there is none
  if (::isatty(files_.input) != 0) raw_.set(files_.input);
}

void NearEnd::write_output(Output& output) {
  const Channel channel = &output == outputs_.data() ? Channel::output : Channel::error_output;
  const ByteView bytes = output.flow.first(kWritableAtLeast);
  const ssize_t count = ::write(output.fd, bytes.data(), bytes.size());
  if (count > 0) {
    output.flow.passed_on(static_cast<std::size_t>(count));
  } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
    lose_output(output, channel);
  }
  if (const std::uint32_t grant = output.flow.take_grant(); grant > 0) say(Credit{channel, grant});
}

/// Nobody reads it any more: the program is to notice that when it writes, as with a pipe.
void NearEnd::lose_output(Output& output, Channel channel) {
  output.flow.drop();
  if (!std::exchange(output.lost, true)) say(Stop{channel});
}

// ---- The terminal ----

void NearEnd::tell_size() {
  if (start_.terminal.rows == 0) return;
  winsize found{};
  if (::ioctl(files_.input, TIOCGWINSZ, &found) != 0 || found.ws_row == 0) return;
  const Size size{found.ws_row, found.ws_col};
  if (size == start_.terminal) return;
  start_.terminal = size;
  say(size);
}

}  // namespace serialtcp::io::session
