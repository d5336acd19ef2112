// Binding, accepting, and waiting for better times.
#include "io/tcp_listener.h"

#include <fmt/core.h>
#include <netinet/tcp.h>

#include "io/clock.h"
#include "io/error_text.h"
#include "io/resolver.h"

namespace serialtcp::io {

namespace {

// As the original: a client that is gone without a word is noticed within a few seconds.
constexpr int kKeepAliveIdleSeconds = 1;
constexpr int kKeepAliveIntervalSeconds = 1;
constexpr int kKeepAliveProbes = 3;

template <int Name>
using TcpOption = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

void set_up(tcp::socket& socket) {
  ErrorCode ignored;  // the client may be gone already; reading will say so
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(TcpOption<TCP_KEEPIDLE>(kKeepAliveIdleSeconds), ignored);
  socket.set_option(TcpOption<TCP_KEEPINTVL>(kKeepAliveIntervalSeconds), ignored);
  socket.set_option(TcpOption<TCP_KEEPCNT>(kKeepAliveProbes), ignored);
}

}  // namespace

TcpListener::TcpListener(asio::io_context& context, Observer& observer)
    : observer_(observer), acceptor_(context), pause_(context) {}

std::expected<std::unique_ptr<TcpListener>, std::string> TcpListener::listen(asio::io_context& context,
                                                                             const Target& at,
                                                                             Observer& observer) {
  const auto failed = [&at](std::string_view reason) {
    return std::unexpected(fmt::format("Could not listen on {}: {}", to_string(at), reason));
  };
  std::vector<asio::ip::address> addresses;
  if (const auto address = known_address(at.host, at.family)) {
    addresses = {*address};
  } else {
    auto found = Resolver::system_lookup(at.host, at.family);
    if (!found)
      return failed("there is no host of that name: give an address of this machine, or only the port");
    addresses = std::move(*found);
  }
  ErrorCode error;
  std::unique_ptr<TcpListener> listener(new TcpListener(context, observer));
  for (const asio::ip::address& address : addresses) {
    error = listener->bind(tcp::endpoint(address, at.port));
    if (!error) return listener;
  }
  return failed(listen_text(error.value()));
}

ErrorCode TcpListener::bind(const tcp::endpoint& endpoint) {
  ErrorCode error;
  acceptor_.close(error);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  return error;
}

tcp::endpoint TcpListener::address() const {
  ErrorCode ignored;
  return acceptor_.local_endpoint(ignored);
}

void TcpListener::start() {
  if (state_ != State::stopped) return;
  state_ = State::waiting;
  wait();
}

void TcpListener::stop() {
  state_ = State::stopped;
  pause_.cancel();
}

void TcpListener::resume() {
  if (state_ != State::short_of_descriptors) return;
  state_ = State::waiting;
  pause_.cancel();
  wait();
}

/// A wait outlives stop(), and then does nothing: at most one is ever under way.
void TcpListener::wait() {
  if (wait_under_way_) return;
  wait_under_way_ = true;
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](ErrorCode error) {
    if (error == asio::error::operation_aborted) return;
    wait_under_way_ = false;
    if (state_ == State::waiting) accept_some();
  });
}

void TcpListener::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn && state_ == State::waiting; ++i) {
    tcp::endpoint from;
    ErrorCode error;
    tcp::socket socket = acceptor_.accept(from, error);
    if (error == asio::error::would_block) break;
    if (shortage(error.value()) != Shortage::none) return pause(error.value());
    if (error) continue;  // this client has gone again; the next may be there
    set_up(socket);
    accepted_(StreamSocket(std::move(socket)), to_string(Target{from.address().to_string(), from.port()}));
  }
  if (state_ == State::waiting) wait();
}

void TcpListener::pause(int error) {
  state_ = State::short_of_descriptors;
  if (shortage_told_ == Time::min() || now() - shortage_told_ >= kShortageSilence) {
    shortage_told_ = now();
    observer_.note(
        shortage(error) == Shortage::descriptors
            ? "WARNING: out of file descriptors, new clients have to wait: raise the limit with ulimit -n"
            : "WARNING: out of memory, new clients have to wait: free some memory");
  }
  pause_.expires_after(kShortagePause);
  pause_.async_wait([this](ErrorCode cancelled) {
    if (!cancelled) resume();
  });
}

}  // namespace serialtcp::io
