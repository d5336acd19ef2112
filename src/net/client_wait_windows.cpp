// WSAEventSelect(): its event is set while there is a client. Asio would wait by reading, which a listening socket cannot do.
#include "net/client_wait.h"

#include <boost/asio/windows/object_handle.hpp>
#include <utility>

namespace serialtcp::io {

struct ClientWait::State {
  explicit State(const asio::any_io_executor& executor) : event(executor) {}

  Ready ready;
  asio::windows::object_handle event;
};

void ClientWait::start(StreamAcceptor& acceptor, Ready ready) {
  if (state_ && state_->ready) return;
  state_ = std::make_shared<State>(acceptor.get_executor());
  state_->ready = std::move(ready);
  const SOCKET socket = acceptor.native_handle();
  const HANDLE event = ::WSACreateEvent();
  ErrorCode error;
  state_->event.assign(event, error);
  // If one of these fails, accepting reports why.
  if (error || ::WSAEventSelect(socket, event, FD_ACCEPT) != 0) ::WSASetEvent(event);
  state_->event.async_wait([weak = std::weak_ptr(state_), socket](ErrorCode cancelled) {
    const auto state = weak.lock();
    if (!state || cancelled == asio::error::operation_aborted) return;
    ::WSAEventSelect(socket, nullptr, 0);  // which accepted sockets would inherit
    Ready call = std::exchange(state->ready, nullptr);
    call();
  });
}

}  // namespace serialtcp::io
