// The steps of a connect. Each is a handler that keeps the attempt alive.
#include "net/connector.h"

#include <cerrno>
#include <utility>

#include "net/connecting.h"
#include "net/receive_window.h"
#include "os/error_text.h"

namespace serialtcp::io {

std::shared_ptr<ConnectAttempt> ConnectAttempt::begin(asio::io_context& context, Resolver& resolver,
                                                      const Target& target, Duration timeout, Done done,
                                                      Filter filter) {
  std::shared_ptr<ConnectAttempt> attempt(
      new ConnectAttempt(context, resolver, target, std::move(done), std::move(filter)));
  attempt->start(timeout);
  return attempt;
}

ConnectAttempt::ConnectAttempt(asio::io_context& context, Resolver& resolver, const Target& target, Done done,
                               Filter filter)
    : context_(context),
      resolver_(resolver),
      target_(target),
      done_(std::move(done)),
      filter_(std::move(filter)),
      alarm_(context),
      next_alarm_(context) {}

void ConnectAttempt::start(Duration timeout) {
  alarm_.start(timeout,
               [self = shared_from_this()] { self->finish(std::unexpected(ResetReason::timed_out)); });
  if (auto known = known_addresses(target_.host, target_.family); !known.empty()) {
    asio::post(context_, [self = shared_from_this(), known = std::move(known)] { self->resolved(known); });
    return;
  }
  ticket_ = resolver_.look_up(
      target_.host, target_.family,
      [self = shared_from_this()](const Resolver::Result& result) { self->resolved(result); });
}

void ConnectAttempt::resolved(const Resolver::Result& result) {
  ticket_ = 0;
  if (!done_) return;
  if (!result) return finish(std::unexpected(result.error()));
  addresses_ = *result;
  if (filter_) {
    std::erase_if(addresses_, [this](const auto& address) { return !filter_(address); });
    if (addresses_.empty() && !result->empty()) failure_ = ResetReason::not_allowed;
  }
  try_next();
}

void ConnectAttempt::try_next() {
  if (!done_) return;
  if (next_address_ == addresses_.size()) {
    if (under_way_ == 0) finish(std::unexpected(failure_));
    return;
  }
  const tcp::endpoint endpoint(addresses_[next_address_++], target_.port);
  tcp::socket& socket = sockets_.emplace_back(context_);
  ErrorCode error;
  socket.open(endpoint.protocol(), error);
  if (error) return failed(error_number(error), endpoint);
  if (expected_) ReceiveWindow::prepare(socket.native_handle(), *expected_);
  error = begin_connect(socket, endpoint, [self = shared_from_this(), &socket, endpoint](ErrorCode result) {
    if (!self->done_) return;
    --self->under_way_;
    if (!result) return self->finish(StreamSocket(std::move(socket)));
    ErrorCode ignored;
    socket.close(ignored);
    self->failed(error_number(result), endpoint);
  });
  if (error) return failed(error_number(error), endpoint);
  ++under_way_;
  wait_for_next();
}

void ConnectAttempt::wait_for_next() {
  if (next_address_ == addresses_.size()) return;
  next_alarm_.start(kNextAfter, [self = shared_from_this()] { self->try_next(); });
}

/// A refusal is more informative than other errors, and any error is more informative than a network without
/// a route.
void ConnectAttempt::failed(int error, const tcp::endpoint& endpoint) {
  ResetReason reason = connect_reason(error);
  if (filter_ && reason == ResetReason::not_allowed) reason = ResetReason::unreachable;
  // The errors of a machine without IPv6 for an IPv6 address.
  const bool no_family = error == EAFNOSUPPORT || (error == EADDRNOTAVAIL && endpoint.address().is_v6());
  if (no_family) reason = ResetReason::network_unreachable;
  const bool says_less = next_address_ > 1 && reason == ResetReason::network_unreachable;
  if (failure_ != ResetReason::refused && !says_less) failure_ = reason;
  try_next();
}

void ConnectAttempt::finish(std::expected<StreamSocket, ResetReason> result) {
  if (!done_) return;
  Done done = std::exchange(done_, nullptr);
  cancel();
  done(std::move(result));
}

void ConnectAttempt::cancel() {
  done_ = nullptr;
  if (ticket_ != 0) resolver_.withdraw(std::exchange(ticket_, 0));
  alarm_.cancel();
  next_alarm_.cancel();
  for (tcp::socket& socket : sockets_) {
    ErrorCode ignored;
    socket.close(ignored);
  }
}

}  // namespace serialtcp::io
