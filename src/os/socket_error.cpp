// SO_ERROR, which Asio has no option for.
#include "os/socket_error.h"

#include <cstddef>

namespace serialtcp::io {

namespace {

/// As Asio wants an option (GettableSocketOption).
struct PendingError {
  template <typename Protocol>
  int level(const Protocol&) const {
    return SOL_SOCKET;
  }
  template <typename Protocol>
  int name(const Protocol&) const {
    return SO_ERROR;
  }
  template <typename Protocol>
  void* data(const Protocol&) {
    return &value;
  }
  template <typename Protocol>
  std::size_t size(const Protocol&) const {
    return sizeof value;
  }
  template <typename Protocol>
  void resize(const Protocol&, std::size_t) {}

  int value = 0;
};

}  // namespace

ErrorCode take_error(StreamSocket& socket) {
  PendingError pending;
  ErrorCode ignored;
  socket.get_option(pending, ignored);
  return {pending.value, boost::system::system_category()};
}

}  // namespace serialtcp::io
