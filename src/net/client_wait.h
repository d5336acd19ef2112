// ClientWait: waiting for a client at a listening socket. Until it is accepted, it stays in the system's queue.
#pragma once

#include <functional>
#include <memory>

#include "os/asio.h"

namespace serialtcp::io {

using StreamAcceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

class ClientWait {
 public:
  using Ready = std::move_only_function<void()>;

  /// Calls `ready` once, from the loop, when there is a client, or an error that accept() reports; not after cancel(), nor
  /// after the socket was closed. No effect while a wait is under way.
  void start(StreamAcceptor& acceptor, Ready ready);
  void cancel() { state_.reset(); }

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< of the wait that is under way, or was the last one
};

}  // namespace serialtcp::io
