// A listening socket is readable while its queue is not empty.
#include "net/client_wait.h"

#include <utility>

namespace serialtcp::io {

struct ClientWait::State {
  Ready ready;
};

void ClientWait::start(StreamAcceptor& acceptor, Ready ready) {
  if (state_ && state_->ready) return;
  state_ = std::make_shared<State>(std::move(ready));
  acceptor.async_wait(StreamAcceptor::wait_read, [weak = std::weak_ptr(state_)](ErrorCode error) {
    const auto state = weak.lock();
    if (!state || error == asio::error::operation_aborted) return;
    Ready call = std::exchange(state->ready, nullptr);
    call();
  });
}

}  // namespace serialtcp::io
