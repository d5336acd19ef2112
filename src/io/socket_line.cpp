// Connecting, and handing the connected socket over as a plain descriptor.
#include "io/socket_line.h"

#include <fmt/core.h>
#include <sys/ioctl.h>

namespace serialtcp::io {

namespace {

/// Bytes that the kernel may hold unsent for us: what waits there cannot be overtaken by a keystroke.
constexpr int kSendBuffer = 16 * 1024;

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
      return {unusable, "no file descriptor is free: raise the limit with ulimit -n"};
    default:
      return {unusable, "the connection failed: is the address right?"};
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
  result->set_option(asio::socket_base::keep_alive(true), error);
  const int fd = result->release(error);
  if (error) return std::unexpected(open_error(ResetReason::failed));
  descriptor_.adopt(fd);
  return {};
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
