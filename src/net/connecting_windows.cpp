// ConnectEx(): a socket that could not be connected never becomes writable.
#include "net/connecting.h"

#include <utility>

namespace serialtcp::io {

ErrorCode begin_connect(tcp::socket& socket, const tcp::endpoint& to, Connected done) {
  socket.async_connect(to, [&socket, done = std::move(done)](ErrorCode error) mutable {
    ErrorCode ignored;  // a socket that is already broken reports that when it is read
    if (!error) socket.non_blocking(true, ignored);
    done(error);
  });
  return {};
}

}  // namespace serialtcp::io
