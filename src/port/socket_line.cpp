// Connecting, and passing the connected socket on as a plain descriptor.
#include "port/socket_line.h"

#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace serialtcp::io {

namespace {

/// Bytes that the kernel may hold unsent: a keystroke cannot overtake them.
constexpr int kSendBuffer = 16 * 1024;
constexpr int kReceiveBuffer = 256 * 1024;

/// A serial server that lost power is noticed in 10 s + 3 * 3 s, also while nothing is sent.
constexpr int kKeepAliveIdleSeconds = 10;
constexpr int kKeepAliveIntervalSeconds = 3;
constexpr int kKeepAliveProbes = 3;

template <int Name>
using TcpOption = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

/// Bytes that are a short text, made printable; "" for any others.
std::string readable_text(ByteView bytes) {
  if (bytes.size() > SocketLine::kToldBytes) return "";
  std::string text;
  for (const Byte byte : bytes) {
    if (byte == '\r' || byte == '\n' || byte == '\t') {
      if (!text.empty() && text.back() != ' ') text += ' ';
    } else if (byte < 0x20 || byte > 0x7E) {
      return "";
    } else {
      text += static_cast<char>(byte);
    }
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

OpenError open_error(ResetReason reason) {
  using enum OpenError::Kind;
  switch (reason) {
    case ResetReason::refused:
      return {missing, "nothing listens there: is the other program running?"};
    case ResetReason::timed_out:
      return {missing, "no answer: is the address right?"};
    case ResetReason::unreachable:
    case ResetReason::network_unreachable:
      return {missing, "no route to that host: is the network up?"};
    case ResetReason::name_not_found:
      return {unusable, "there is no host of that name"};
    case ResetReason::not_allowed:
      return {unusable, "connecting there is not allowed: a firewall rule forbids it"};
    case ResetReason::no_resources:
      return {passing, "no file descriptor or port is free: raise the limit with ulimit -n"};
    default:
      return {passing, "the connection failed: is the address right?"};
  }
}

}  // namespace

SocketLine::SocketLine(asio::io_context& context, Target target)
    : context_(context),
      resolver_(context),
      target_(std::move(target)),
      name_("socket://" + to_string(target_)),
      descriptor_(context) {}

SocketLine::~SocketLine() {
  SocketLine::close();
}

void SocketLine::open(Opened opened) {
  attempt_ = ConnectAttempt::begin(context_, resolver_, target_, kConnectTimeout,
                                   [this, opened = std::move(opened)](auto result) mutable {
                                     attempt_.reset();
                                     opened(take_over(std::move(result)));
                                   });
}

std::expected<void, OpenError> SocketLine::take_over(std::expected<StreamSocket, ResetReason> result) {
  if (!result) return std::unexpected(open_error(result.error()));
  ErrorCode error;
  result->set_option(tcp::no_delay(true), error);
  result->set_option(asio::socket_base::send_buffer_size(kSendBuffer), error);
  // The window is small for connections of users; from a line, everything is read at once.
  result->set_option(asio::socket_base::receive_buffer_size(kReceiveBuffer), error);
  result->set_option(TcpOption<TCP_WINDOW_CLAMP>(kReceiveBuffer), error);
  // No TCP_USER_TIMEOUT: a server whose serial side is stopped by flow control acknowledges, and accepts
  // nothing. While an answer is awaited, silence is noticed sooner than by keep-alive.
  result->set_option(asio::socket_base::keep_alive(true), error);
  result->set_option(TcpOption<TCP_KEEPIDLE>(kKeepAliveIdleSeconds), error);
  result->set_option(TcpOption<TCP_KEEPINTVL>(kKeepAliveIntervalSeconds), error);
  result->set_option(TcpOption<TCP_KEEPCNT>(kKeepAliveProbes), error);
  const int fd = result->release(error);
  if (error) return std::unexpected(open_error(ResetReason::failed));
  descriptor_.adopt(fd);
  beginning_.clear();
  return {};
}

LineResult SocketLine::read(MutableByteView into) {
  LineResult result = descriptor_.read(into);
  if (result.status == LineStatus::ok && beginning_.size() <= kToldBytes) {
    const std::size_t more = std::min(result.count, kToldBytes + 1 - beginning_.size());
    beginning_.insert(beginning_.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(more));
  }
  if (result.status == LineStatus::gone) {
    if (const std::string said = readable_text(beginning_); !said.empty())
      result.reason += fmt::format(", after it had sent the text \"{}\"", said);
  }
  return result;
}

std::size_t SocketLine::unsent() const {
  int count = 0;
  if (!descriptor_.is_open() || ::ioctl(descriptor_.fd(), TIOCOUTQ, &count) != 0 || count < 0) return 0;
  return static_cast<std::size_t>(count);
}

void SocketLine::close() {
  if (attempt_) attempt_->cancel();
  attempt_.reset();
  descriptor_.close();
}

}  // namespace serialtcp::io
