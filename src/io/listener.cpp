// Accepting, and waiting for better times.
#include "io/listener.h"

#include <boost/asio/ip/v6_only.hpp>

#include "io/clock.h"
#include "io/error_text.h"

namespace serialtcp::io {

Listener::Listener(asio::io_context& context, Observer& observer)
    : observer_(observer), context_(context), pause_(context) {}

ErrorCode Listener::bind(const StreamEndpoint& endpoint) {
  ErrorCode error;
  Acceptor acceptor(context_);
  acceptor.open(endpoint.protocol(), error);
  // For TCP: a port may be taken at once after the last program that had it. Other kinds do not mind.
  ErrorCode ignored;
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), ignored);
  if (!error) prepare(acceptor.native_handle());
  // Else :: would be all of IPv4 as well.
  const bool v6 = endpoint.protocol().family() == AF_INET6;
  if (!error && v6) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (!error) sockets_.push_back({std::move(acceptor)});
  return error;
}

std::vector<StreamEndpoint> Listener::endpoints() const {
  std::vector<StreamEndpoint> all;
  for (const Socket& socket : sockets_) {
    ErrorCode ignored;
    all.push_back(socket.acceptor.local_endpoint(ignored));
  }
  return all;
}

void Listener::start() {
  if (state_ != State::stopped) return;
  state_ = State::waiting;
  wait();
}

void Listener::stop() {
  state_ = State::stopped;
  pause_.cancel();
}

void Listener::resume() {
  if (state_ != State::short_of_descriptors) return;
  state_ = State::waiting;
  pause_.cancel();
  wait();
}

void Listener::wait() {
  for (Socket& socket : sockets_) wait(socket);
}

/// A wait outlives stop(), and then does nothing: at most one is ever under way for each socket.
void Listener::wait(Socket& socket) {
  if (socket.wait_under_way) return;
  socket.wait_under_way = true;
  socket.acceptor.async_wait(Acceptor::wait_read, lifetime_.guard([this, &socket](ErrorCode error) {
    if (error == asio::error::operation_aborted) return;
    socket.wait_under_way = false;
    if (state_ == State::waiting) accept_some(socket);
  }));
}

void Listener::accept_some(Socket& listening) {
  for (int i = 0; i < kAcceptsPerTurn && state_ == State::waiting; ++i) {
    StreamEndpoint from;
    ErrorCode error;
    StreamSocket socket = listening.acceptor.accept(from, error);
    if (error == asio::error::would_block) break;
    if (shortage(error.value()) != Shortage::none) return pause(error.value());
    if (error) continue;  // this client has gone again; the next may be there
    set_up(socket);
    const std::string name = who(socket, from);
    accepted_(std::move(socket), name);
  }
  if (state_ == State::waiting) wait(listening);
}

void Listener::pause(int error) {
  state_ = State::short_of_descriptors;
  if (shortage_told_ == Time::min() || now() - shortage_told_ >= kShortageSilence) {
    shortage_told_ = now();
    observer_.note(
        shortage(error) == Shortage::descriptors
            ? "WARNING: out of file descriptors, new clients have to wait: raise the limit with ulimit -n"
            : "WARNING: out of memory, new clients have to wait: free some memory");
  }
  pause_.expires_after(kShortagePause);
  pause_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled) resume();
  }));
}

}  // namespace serialtcp::io
