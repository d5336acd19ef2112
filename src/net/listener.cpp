// Accepting, and waiting after errors.
#include "net/listener.h"

#include <fmt/format.h>

#include <utility>

#include "net/accept_loop.h"
#include "net/accept_queue.h"
#include "net/bound_port.h"
#include "net/client_state.h"
#include "os/clock.h"
#include "os/error_text.h"

namespace serialtcp::io {

Listener::Listener(asio::io_context& context, Observer& observer)
    : observer_(observer), context_(context), pause_(context) {}

ErrorCode Listener::bind(const StreamEndpoint& endpoint) {
  auto acceptor = listening_socket(context_, endpoint);
  if (!acceptor) return acceptor.error();
  add(std::move(*acceptor));
  return {};
}

void Listener::for_each_socket(const std::function<void(SocketHandle)>& call) {
  for (Socket& socket : sockets_) call(socket.acceptor.native_handle());
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
  if (state_ != State::stopped && state_ != State::refusing && state_ != State::taken) return;
  for (Socket& socket : sockets_) {
    if (!socket.listens && !listen_again(socket)) return;
    socket.from_queue = state_ == State::stopped && clients_in_queue(socket.acceptor.native_handle()) > 0;
  }
  state_ = State::waiting;
  wait();
}

/// Other programs may take the port while it is not listened on.
bool Listener::listen_again(Socket& socket) {
  ErrorCode error;
  socket.acceptor.listen(asio::socket_base::max_listen_connections, error);
  socket.listens = !error;
  if (socket.listens) {
    taken_told_ = false;
    return true;
  }
  state_ = State::taken;
  if (!std::exchange(taken_told_, true)) {
    observer_.note(fmt::format("WARNING: could not listen again, retrying every second: {}",
                               listen_text(error_number(error))));
  }
  pause_.expires_after(kTakenPause);
  pause_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled && state_ == State::taken) start();
  }));
  return false;
}

void Listener::stop() {
  if (state_ == State::closed) return;
  pause_.cancel();
  state_ = State::stopped;
  if (while_stopped_ == WhileStopped::refuse) refuse();
}

void Listener::close() {
  state_ = State::closed;
  pause_.cancel();
  ErrorCode ignored;
  for (Socket& socket : sockets_) socket.acceptor.close(ignored);
}

void Listener::refuse_while_stopped() {
  while_stopped_ = WhileStopped::refuse;
  // Linux: a socket whose port was chosen by the kernel loses it when it stops listening.
  if (can_stop_listening()) {
    const std::vector<StreamEndpoint> chosen = endpoints();
    sockets_.clear();
    for (const StreamEndpoint& endpoint : chosen) bind(endpoint);
  }
  if (state_ == State::stopped) refuse();
}

void Listener::refuse() {
  state_ = State::refusing;
  if (!can_stop_listening()) return wait();
  for (Socket& socket : sockets_) {
    socket.client.cancel();
    stop_listening(context_, socket.acceptor);
    socket.listens = false;
  }
}

std::size_t Listener::waiting() const {
  if (state_ != State::stopped) return 0;
  std::size_t clients = 0;
  for (Socket& socket : sockets_) clients += clients_in_queue(socket.acceptor.native_handle());
  return clients;
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

/// A wait outlives stop(), and then has no effect.
void Listener::wait(Socket& socket) {
  socket.client.start(socket.acceptor, lifetime_.guard([this, &socket] {
    const bool refuses = state_ == State::refusing && socket.listens;
    if (state_ == State::waiting || refuses) accept_some(socket);
  }));
}

void Listener::accept_some(Socket& listening) {
  const State state = state_;
  for (int i = 0; i < kAcceptsPerTurn && state_ == state; ++i) {
    StreamEndpoint from;
    ErrorCode error;
    StreamSocket client = listening.acceptor.accept(from, error);
    if (error == asio::error::would_block) {
      listening.from_queue = false;
      break;
    }
    if (shortage(error_number(error)) != Shortage::none) return pause(error_number(error));
    if (error) {  // this client has gone; the next one may be there
      if (listening.from_queue) ++gone_;
      continue;
    }
    if (!serves(client, listening)) continue;
    set_up(client);
    const std::string name = who(client, from);
    accepted_(std::move(client), name);
  }
  if (!listening.from_queue) tell_gone();
  if (state_ == state) wait(listening);
}

/// Otherwise the client has been reset.
bool Listener::serves(StreamSocket& client, const Socket& listening) {
  const bool gone = listening.from_queue && client_has_gone(client);
  if (gone) ++gone_;
  if (state_ == State::waiting && !gone) return true;
  ErrorCode ignored;
  client.set_option(asio::socket_base::linger(true, 0), ignored);
  client.close(ignored);  // the destructor would undo the option
  return false;
}

void Listener::tell_gone() {
  if (gone_ == 0) return;
  observer_.note(fmt::format("{} client{} that closed while waiting for the link: reset, not served", gone_,
                             gone_ == 1 ? "" : "s"));
  gone_ = 0;
}

void Listener::pause(int error) {
  if (state_ == State::refusing) return wait();
  state_ = State::short_of_descriptors;
  if (shortage_told_ == Time::min() || now() - shortage_told_ >= kShortageSilence) {
    shortage_told_ = now();
    observer_.note(
        shortage(error) == Shortage::descriptors
            ? fmt::format("WARNING: out of file descriptors, new clients have to wait: {}", kMoreDescriptors)
            : "WARNING: out of memory, new clients have to wait: free some memory");
  }
  pause_.expires_after(kShortagePause);
  pause_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled) resume();
  }));
}

}  // namespace serialtcp::io
