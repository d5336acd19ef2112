#include "session/session_line.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

#include "os/text.h"

namespace serialtcp::io::session {

using namespace wire::session;

namespace {

/// A person sees the effect of a key only behind what is under way.
constexpr std::uint32_t kConsoleWindow = 16 * 1024;
constexpr std::size_t kShownAtOnce = 16 * 1024;
/// What the socket has not accepted; then nothing more is taken.
constexpr std::size_t kMostTypedAhead = 16 * 1024;

ByteView as_bytes(const std::string& text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

bool send_all(int socket, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      pollfd ready{socket, POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

/// More of the stream, or nothing at its end.
std::string more_of(int socket) {
  std::array<char, 4096> buffer;
  for (;;) {
    pollfd ready{socket, POLLIN, 0};
    ::poll(&ready, 1, -1);
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    return count <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

Size size_of_terminal(int fd) {
  winsize found{};
  if (::ioctl(fd, TIOCGWINSZ, &found) != 0) return {};
  return {found.ws_row, found.ws_col};
}

std::expected<std::string, NoConsole> ask_for_console(int socket, std::string first, Size size) {
  Bytes request;
  wire::session::write(Start{.kind = Kind::console, .terminal = size}, request);
  wire::session::write(Credit{Channel::output, kConsoleWindow}, request);
  if (!send_all(socket, request)) return std::unexpected(NoConsole{.answered = false});
  Reader reader;
  for (;;) {
    ByteView rest = as_bytes(first);
    while (const auto message = reader.next(rest)) {
      if (std::holds_alternative<Started>(*message))
        return std::string(reinterpret_cast<const char*>(rest.data()), rest.size());
      if (const auto* const refused = std::get_if<Refused>(&*message))
        return std::unexpected(NoConsole{.refusal = *refused});
    }
    if (reader.malformed())
      return std::unexpected(NoConsole{.refusal = {Reason::unknown, "a malformed answer"}});
    first = more_of(socket);
    if (first.empty()) return std::unexpected(NoConsole{.answered = false});
  }
}

SessionLine::SessionLine(asio::io_context& context, std::string name, int socket, std::string first,
                         int terminal, int noise)
    : DescriptorLine(context, std::move(name)),
      context_(context),
      socket_(socket),
      first_(std::move(first)),
      terminal_(terminal),
      shown_(kConsoleWindow),
      noise_socket_(noise),
      noise_(context),
      resized_(context) {}

SessionLine::~SessionLine() {
  SessionLine::close();
  for (const int socket : {socket_, noise_socket_}) {
    if (socket >= 0) ::close(socket);
  }
}

void SessionLine::open(Opened opened) {
  if (socket_ < 0) return opened(std::unexpected(OpenError{.text = "its connection is over"}));
  adopt(std::exchange(socket_, -1));
  if (noise_socket_ >= 0) noise_.adopt(std::exchange(noise_socket_, -1));
  wait_for_noise();
  take(as_bytes(first_));
  resized_.add(SIGWINCH);
  tell_size();  // it may have changed since it was asked with
  watch_size();
  opened({});
}

/// What was not read would make a reset of it.
void SessionLine::close() {
  ErrorCode ignored;
  resized_.cancel(ignored);
  readable_ = nullptr;
  writable_ = nullptr;
  read_waits_ = false;
  noise_.close();
  if (!is_open()) return;
  std::array<Byte, kShownAtOnce> rest;
  while (::recv(descriptor(), rest.data(), rest.size(), MSG_DONTWAIT) > 0) {
  }
  DescriptorLine::close();
}

LineResult SessionLine::over(std::string why) const {
  return {.status = LineStatus::ended, .reason = std::move(why)};
}

LineResult SessionLine::read(MutableByteView into) {
  if (!noise_heard_.empty()) {
    const std::size_t count = std::min(noise_heard_.size(), into.size());
    std::copy_n(noise_heard_.begin(), count, into.begin());
    noise_heard_.erase(noise_heard_.begin(), noise_heard_.begin() + static_cast<std::ptrdiff_t>(count));
    wait_for_noise();
    return {LineStatus::ok, count};
  }
  std::array<Byte, kShownAtOnce> buffer;
  if (shown_.waiting() == 0 && why_over_.empty()) {
    const LineResult result = DescriptorLine::read(buffer);
    if (result.status == LineStatus::gone || result.status == LineStatus::ended) {
      why_over_ = fmt::format("the connection to the console of {} has ended", name());
    } else if (result.status == LineStatus::ok) {
      take(ByteView(buffer).first(result.count));
    }
  }
  if (shown_.waiting() == 0) return why_over_.empty() ? LineResult{LineStatus::would_block} : over(why_over_);
  const ByteView bytes = shown_.first(into.size());
  const std::size_t count = std::min(bytes.size(), into.size());
  std::copy_n(bytes.begin(), count, into.begin());
  shown_.passed_on(count);
  if (const std::uint32_t grant = shown_.take_grant(); grant > 0) say(Credit{Channel::output, grant});
  return {LineStatus::ok, count};
}

void SessionLine::take(ByteView bytes) {
  while (const auto message = reader_.next(bytes)) take(*message);
  if (reader_.malformed())
    why_over_ = "what the other end says is no session: use the same version at both ends";
}

void SessionLine::take(const Message& message) {
  if (const auto* const data = std::get_if<Data>(&message)) {
    if (data->channel != Channel::output || !shown_.receive(data->bytes))
      why_over_ = "the other end sends what does not belong to a console";
  } else if (const auto* const credit = std::get_if<Credit>(&message)) {
    if (credit->channel == Channel::input) typed_.granted(credit->count);
    wake_writer();
  } else if (const auto* const refused = std::get_if<Refused>(&message)) {
    why_over_ = fmt::format("the other end says: {}", printable(refused->text));
  }
}

LineResult SessionLine::write(ByteView bytes) {
  const std::size_t room = kMostTypedAhead - std::min(kMostTypedAhead, out_.size());
  const std::size_t count = std::min({bytes.size(), typed_.credit(), room, kMostData});
  if (count == 0) return {LineStatus::would_block};
  typed_.sent(count);
  say(Data{Channel::input, bytes.first(count)});
  return {LineStatus::ok, count};
}

void SessionLine::say(const Message& message) {
  wire::session::write(message, out_);
  flush();
}

void SessionLine::flush() {
  while (is_open() && !out_.empty() && !write_waits_) {
    const LineResult result = DescriptorLine::write(out_);
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(result.count));
    if (result.status == LineStatus::ok) continue;
    if (result.status != LineStatus::would_block) return out_.clear();  // reading tells
    write_waits_ = true;
    DescriptorLine::when_writable(lifetime_.guard([this] {
      write_waits_ = false;
      flush();
      wake_writer();
    }));
  }
}

void SessionLine::wake_writer() {
  if (!writable_ || typed_.credit() == 0 || out_.size() >= kMostTypedAhead) return;
  asio::post(context_, lifetime_.guard([ready = std::exchange(writable_, nullptr)]() mutable { ready(); }));
}

void SessionLine::when_readable(Ready ready) {
  readable_ = std::move(ready);
  const bool has_some = shown_.waiting() > 0 || !noise_heard_.empty() || !why_over_.empty();
  if (has_some) return wake_reader();
  wait_readable();
}

/// One wait for the socket at a time, since noise may come first.
void SessionLine::wait_readable() {
  if (std::exchange(read_waits_, true)) return;
  DescriptorLine::when_readable(lifetime_.guard([this] {
    read_waits_ = false;
    wake_reader();
  }));
}

void SessionLine::wake_reader() {
  asio::post(context_, lifetime_.guard([this] {
    if (Ready ready = std::exchange(readable_, nullptr)) ready();
  }));
}

/// What has been heard is shown first.
void SessionLine::wait_for_noise() {
  if (!noise_.is_open() || !noise_heard_.empty()) return;
  noise_.when_readable(lifetime_.guard([this] {
    std::array<Byte, 4096> buffer;
    const LineResult result = noise_.read(buffer);
    if (result.status == LineStatus::gone || result.status == LineStatus::ended) return noise_.close();
    noise_heard_.insert(noise_heard_.end(), buffer.begin(),
                        buffer.begin() + static_cast<std::ptrdiff_t>(result.count));
    if (noise_heard_.empty()) return wait_for_noise();
    wake_reader();
  }));
}

void SessionLine::when_writable(Ready ready) {
  writable_ = std::move(ready);
  wake_writer();
}

void SessionLine::tell_size() {
  if (const Size size = size_of_terminal(terminal_); size.rows > 0) say(size);
}

void SessionLine::watch_size() {
  resized_.async_wait(lifetime_.guard([this](ErrorCode error, int) {
    if (error) return;
    tell_size();
    watch_size();
  }));
}

}  // namespace serialtcp::io::session
