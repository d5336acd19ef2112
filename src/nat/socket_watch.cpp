#include "nat/socket_watch.h"

#include <utility>

namespace serialtcp::nat {

void SocketWatch::wait(int socket, For what) {
  auto& watched = watched_[socket];
  if (!watched) watched = std::make_unique<Watched>(context_, socket);
  bool& under_way = what == For::reading ? watched->reads : watched->writes;
  if (std::exchange(under_way, true)) return;
  const auto kind = what == For::reading ? io::asio::posix::stream_descriptor::wait_read
                                         : io::asio::posix::stream_descriptor::wait_write;
  watched->descriptor.async_wait(kind, watched->lifetime.guard([this, &under_way](io::ErrorCode) {
    under_way = false;
    ready_();
  }));
}

}  // namespace serialtcp::nat
