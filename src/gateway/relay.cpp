#include "gateway/relay.h"

#include <utility>

namespace serialtcp::gateway {

std::shared_ptr<Relay> Relay::start(io::StreamSocket one, io::StreamSocket other) {
  const std::shared_ptr<Relay> relay(new Relay(std::move(one), std::move(other)));
  relay->read(relay->one_, relay->other_);
  relay->read(relay->other_, relay->one_);
  return relay;
}

void Relay::stop() {
  io::ErrorCode ignored;
  one_.socket.close(ignored);
  other_.socket.close(ignored);
}

void Relay::read(Side& from, Side& to) {
  from.socket.async_read_some(io::asio::buffer(from.buffer), [self = shared_from_this(), &from, &to](
                                                                 io::ErrorCode error, std::size_t count) {
    if (!error) return self->write(from, to, 0, count);
    error == io::asio::error::eof ? self->ended(to) : self->stop();
  });
}

void Relay::write(Side& from, Side& to, std::size_t begin, std::size_t end) {
  to.socket.async_write_some(
      io::asio::buffer(from.buffer.data() + begin, end - begin),
      [self = shared_from_this(), &from, &to, begin, end](io::ErrorCode error, std::size_t count) {
        if (error) return self->stop();
        if (begin + count < end) return self->write(from, to, begin + count, end);
        self->read(from, to);
      });
}

/// One direction has ended: that is passed on. After both, the sockets are closed.
void Relay::ended(Side& to) {
  io::ErrorCode ignored;
  to.socket.shutdown(io::StreamSocket::shutdown_send, ignored);
  if (++ended_ == 2) stop();
}

}  // namespace serialtcp::gateway
