// Accepting, and waiting for better times.
#include "io/listener.h"

#include "io/clock.h"
#include "io/error_text.h"

namespace serialtcp::io {

Listener::Listener(asio::io_context& context, Observer& observer)
    : observer_(observer), acceptor_(context), pause_(context) {}

ErrorCode Listener::bind(const StreamEndpoint& endpoint) {
  ErrorCode error;
  acceptor_.close(error);
  acceptor_.open(endpoint.protocol(), error);
  // For TCP: a port may be taken at once after the last program that had it. Other kinds do not mind.
  ErrorCode ignored;
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), ignored);
  if (!error) prepare(acceptor_.native_handle());
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  return error;
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

/// A wait outlives stop(), and then does nothing: at most one is ever under way.
void Listener::wait() {
  if (wait_under_way_) return;
  wait_under_way_ = true;
  acceptor_.async_wait(Acceptor::wait_read, lifetime_.guard([this](ErrorCode error) {
    if (error == asio::error::operation_aborted) return;
    wait_under_way_ = false;
    if (state_ == State::waiting) accept_some();
  }));
}

void Listener::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn && state_ == State::waiting; ++i) {
    StreamEndpoint from;
    ErrorCode error;
    StreamSocket socket = acceptor_.accept(from, error);
    if (error == asio::error::would_block) break;
    if (shortage(error.value()) != Shortage::none) return pause(error.value());
    if (error) continue;  // this client has gone again; the next may be there
    set_up(socket);
    const std::string name = who(socket, from);
    accepted_(std::move(socket), name);
  }
  if (state_ == State::waiting) wait();
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
