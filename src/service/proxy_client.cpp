// Runs the conversation over a socket. Replies are short, so the connection is given up if the socket does
// not accept one at once.
#include "service/proxy_client.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "driver/failure_text.h"
#include "net/address.h"
#include "net/socket_failure.h"
#include "service/proxy_server.h"

namespace serialtcp::io {

namespace {

constexpr std::size_t kReadAtOnce = 2048;

}  // namespace

ProxyClient::ProxyClient(ProxyServer& server, StreamSocket socket, std::string from)
    : server_(server),
      socket_(std::move(socket)),
      from_(std::move(from)),
      patience_(server.connections_.context()) {}

void ProxyClient::start() {
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
  wait_for_patience();
  wait_for_words();
}

void ProxyClient::wait_for_patience() {
  patience_.start(server_.config_.patience, [self = shared_from_this()] {
    if (self->state_ == State::over) return;
    if (self->state_ == State::talking) self->tell("disconnected: it has not sent a request in time");
    self->end();
  });
}

// ---- The conversation ----

void ProxyClient::wait_for_words() {
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (error == asio::error::operation_aborted || self->state_ != State::talking) return;
    self->readable();
  });
}

void ProxyClient::readable() {
  std::array<Byte, kReadAtOnce> buffer;
  ErrorCode error;
  const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return wait_for_words();
  if (error) return end();
  if (!conversation_) conversation_ = proxy_conversation(buffer[0]);
  const ProxyConversation::Heard heard = conversation_->hear(ByteView(buffer).first(count));
  if (!heard.reply.empty() && !say(heard.reply)) return end();
  switch (heard.state) {
    case ProxyConversation::State::talking:
      return wait_for_words();
    case ProxyConversation::State::asked:
      patience_.cancel();  // from now on the other end may take its time
      if (heard.request->command == ProxyRequest::Command::datagrams) return associate(*heard.request);
      return ask(*heard.request);
    case ProxyConversation::State::refused:
      tell(fmt::format("refused: {}", heard.why));
      return leave();
  }
}

// ---- The request ----

void ProxyClient::ask(const ProxyRequest& request) {
  request_ = request;
  state_ = State::asking;
  auto forward = ForwardRequest::open(
      server_.connections_, server_.config_.purpose, request.address,
      [this](const std::expected<wire::Address, ResetReason>& result) { answered(result); });
  if (!forward) {
    return fail(ResetReason::failed, fmt::format("to {}", to_string(request.address)),
                open_failure(forward.error()));
  }
  forward_ = std::move(*forward);
  watch_for_reset();
}

/// The client may have sent more data, so reading does not show whether it is still there.
void ProxyClient::watch_for_reset() {
  wait_for_failure(socket_, [self = shared_from_this()](ErrorCode error) {
    if (error || self->state_ != State::asking) return;
    // Without an error it was urgent data, which does not go away by waiting.
    if (was_reset(self->socket_)) self->end();
  });
}

void ProxyClient::answered(const std::expected<wire::Address, ResetReason>& result) {
  const auto self = shared_from_this();
  if (!result) {
    return fail(result.error(), fmt::format("to {}", to_string(request_.address)),
                forward_->failure(result.error()));
  }
  if (!say(conversation_->granted(*result))) return end();
  tell(fmt::format("to {}", to_string(request_.address)));
  state_ = State::over;
  ErrorCode ignored;
  socket_.cancel(ignored);
  const ByteView rest = conversation_->rest();
  forward_->attach(std::move(socket_), server_.config_.shapers, Bytes(rest.begin(), rest.end()), from_);
  server_.over(*this);
}

// ---- Datagrams ----

/// The association lasts as long as this connection (RFC 1928, section 7).
void ProxyClient::associate(const ProxyRequest& request) {
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
  if (!relay) return fail(ResetReason::failed, "datagrams", relay.error());
  relay_ = std::move(*relay);
  state_ = State::associated;
  const wire::Address relay_address = relay_->address();
  if (!say(conversation_->granted(relay_address))) return end();
  tell(fmt::format("datagrams by {}", to_string(relay_address)));
  discard(State::associated);
}

// ---- The end ----

bool ProxyClient::say(ByteView bytes) {
  if (bytes.empty()) return true;
  ErrorCode error;
  return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error) == bytes.size();
}

void ProxyClient::tell(std::string_view what) {
  const std::uint64_t number = forward_ ? forward_->number()
                               : relay_ ? relay_->number()
                                        : server_.connections_.next_number();
  const std::string by = conversation_ ? fmt::format(" by {}", conversation_->protocol()) : "";
  server_.connections_.observer().connection(number, fmt::format("from {}{}, {}", from_, by, what));
}

/// Reports the reason to the client and to the log.
void ProxyClient::fail(ResetReason reason, std::string_view what, std::string_view why) {
  tell(fmt::format("{}: {}", what, why));
  say(conversation_->failed(reason, why));
  leave();
}

/// A reset must not overtake the last reply, so the client has to close the connection.
void ProxyClient::leave() {
  state_ = State::leaving;
  let_go();
  ErrorCode ignored;
  socket_.cancel(ignored);
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  wait_for_patience();
  discard(State::leaving);
}

/// Reads and drops input, until the client closes.
void ProxyClient::discard(State during) {
  std::array<Byte, kReadAtOnce> buffer;
  ErrorCode error;
  socket_.read_some(asio::buffer(buffer), error);
  if (error && error != asio::error::would_block && error != asio::error::interrupted) return end();
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this(), during](ErrorCode failed) {
    if (failed != asio::error::operation_aborted && self->state_ == during) self->discard(during);
  });
}

void ProxyClient::end() {
  if (state_ == State::over) return;
  const auto self = shared_from_this();
  if (state_ == State::associated) tell(relay_->account());
  abandon();
  server_.over(*this);
}

void ProxyClient::let_go() {
  forward_.reset();
  if (relay_) std::exchange(relay_, nullptr)->end();
}

void ProxyClient::abandon() {
  state_ = State::over;
  let_go();
  patience_.cancel();
  ErrorCode ignored;
  socket_.close(ignored);
}

}  // namespace serialtcp::io
