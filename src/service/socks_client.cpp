// The conversation's way over a socket. What is said is short, so a socket that does not take it at once is
// given up.
#include "service/socks_client.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "driver/failure_text.h"
#include "net/address.h"
#include "service/socks_server.h"

namespace serialtcp::io {

namespace {

constexpr std::size_t kReadAtOnce = 512;

}  // namespace

SocksClient::SocksClient(SocksServer& server, StreamSocket socket, std::string from)
    : server_(server),
      socket_(std::move(socket)),
      from_(std::move(from)),
      patience_(server.connections_.context()) {}

void SocksClient::start() {
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
  wait_for_patience();
  wait_for_words();
}

void SocksClient::wait_for_patience() {
  patience_.expires_after(server_.config_.patience);
  patience_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (cancelled || self->state_ == State::over) return;
    if (self->state_ == State::talking) self->tell("it did not say where it wants to go, and was left");
    self->end();
  });
}

// ---- Talking ----

void SocksClient::wait_for_words() {
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (error || self->state_ != State::talking) return;
    self->readable();
  });
}

void SocksClient::readable() {
  std::array<Byte, kReadAtOnce> buffer;
  ErrorCode error;
  const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return wait_for_words();
  if (error) return end();
  const SocksConversation::Heard heard = conversation_.hear(ByteView(buffer).first(count));
  if (!heard.reply.empty() && !say(heard.reply)) return end();
  switch (heard.state) {
    case SocksConversation::State::talking:
      return wait_for_words();
    case SocksConversation::State::asked:
      patience_.cancel();  // from now on it is the other end that takes its time
      if (heard.request->command == SocksCommand::udp_associate) return associate(*heard.request);
      return ask(*heard.request);
    case SocksConversation::State::refused:
      tell("it does not ask for a connection in SOCKS 4, 4a or 5 without authentication, and was refused");
      return leave();
  }
}

// ---- Asking ----

void SocksClient::ask(const SocksRequest& request) {
  request_ = request;
  state_ = State::asking;
  auto forward = ForwardRequest::open(
      server_.connections_, server_.config_.purpose, request.address,
      [this](const std::expected<wire::Address, ResetReason>& result) { answered(result); });
  if (!forward) {
    tell(fmt::format("to {}: {}", to_string(request.address), open_failure(forward.error())));
    say(socks_answer(request.version, SocksReply::failed));
    return leave();
  }
  forward_ = std::move(*forward);
  watch_for_reset();
}

/// It may have sent more already, so reading does not show whether it is still there.
void SocksClient::watch_for_reset() {
  socket_.async_wait(StreamSocket::wait_error, [self = shared_from_this()](ErrorCode error) {
    if (error || self->state_ != State::asking) return;
    // Without an error it was urgent data, which does not go away by waiting.
    if (take_error(self->socket_) != 0) self->end();
  });
}

void SocksClient::answered(const std::expected<wire::Address, ResetReason>& result) {
  const auto self = shared_from_this();
  if (!result) {
    tell(fmt::format("to {}: {}", to_string(request_.address), forward_->failure(result.error())));
    say(socks_answer(request_.version, to_socks_reply(result.error())));
    return leave();
  }
  if (!say(socks_answer(request_.version, SocksReply::granted, *result))) return end();
  tell(fmt::format("to {}", to_string(request_.address)));
  state_ = State::over;
  ErrorCode ignored;
  socket_.cancel(ignored);
  const ByteView rest = conversation_.rest();
  forward_->attach(std::move(socket_), server_.config_.shapers, Bytes(rest.begin(), rest.end()));
  server_.over(*this);
}

// ---- Datagrams ----

/// The association lasts as long as this connection (RFC 1928, section 7).
void SocksClient::associate(const SocksRequest& request) {
  const wire::Address here = local_address(socket_);
  const wire::Address there = remote_address(socket_);
  const auto here_number = numeric(here);
  const auto there_number = numeric(there);
  if (!here_number || !there_number) return end();
  Purpose purpose = server_.config_.purpose;
  purpose.service = services::kDatagrams;
  purpose.kind = StreamKind::datagrams;
  const SocksRelay::Config config{.at = *here_number,
                                  .client = {*there_number, request.address.port},
                                  .purpose = purpose,
                                  .patience = server_.config_.datagram_patience};
  std::expected<std::shared_ptr<SocksRelay>, std::string> relay =
      std::unexpected("too many such clients at once");
  if (server_.has_room_for_relay()) {
    relay = SocksRelay::open(server_.connections_, config, [this](const std::string& why) {
      tell(fmt::format("datagrams: {}", why));
      leave();
    });
  }
  if (!relay) {
    tell(fmt::format("datagrams: {}", relay.error()));
    say(socks_answer(request.version, SocksReply::failed));
    return leave();
  }
  relay_ = std::move(*relay);
  state_ = State::associated;
  const wire::Address relay_address = relay_->address();
  if (!say(socks_answer(request.version, SocksReply::granted, relay_address))) return end();
  tell(fmt::format("datagrams by {}", to_string(relay_address)));
  discard(State::associated);
}

// ---- The end ----

bool SocksClient::say(ByteView bytes) {
  ErrorCode error;
  return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error) == bytes.size();
}

void SocksClient::tell(std::string_view what) {
  const std::uint64_t number = forward_ ? forward_->number()
                               : relay_ ? relay_->number()
                                        : server_.connections_.next_number();
  server_.connections_.observer().connection(number, fmt::format("from {} by SOCKS, {}", from_, what));
}

/// What was said to it last must not be overtaken by a reset, so it is the one to close.
void SocksClient::leave() {
  state_ = State::leaving;
  let_go();
  ErrorCode ignored;
  socket_.cancel(ignored);
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  wait_for_patience();
  discard(State::leaving);
}

/// Reads what nobody wants, until the client closes.
void SocksClient::discard(State during) {
  std::array<Byte, kReadAtOnce> buffer;
  ErrorCode error;
  socket_.read_some(asio::buffer(buffer), error);
  if (error && error != asio::error::would_block && error != asio::error::interrupted) return end();
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this(), during](ErrorCode failed) {
    if (!failed && self->state_ == during) self->discard(during);
  });
}

void SocksClient::end() {
  if (state_ == State::over) return;
  const auto self = shared_from_this();
  if (state_ == State::associated) tell(relay_->account());
  abandon();
  server_.over(*this);
}

void SocksClient::let_go() {
  forward_.reset();
  if (relay_) std::exchange(relay_, nullptr)->end();
}

void SocksClient::abandon() {
  state_ = State::over;
  let_go();
  patience_.cancel();
  ErrorCode ignored;
  socket_.close(ignored);
}

}  // namespace serialtcp::io
