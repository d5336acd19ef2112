// A TcpListener, its clients, and what it has accepted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "loop_fixture.h"
#include "net/tcp_listener.h"

namespace serialtcp::io {

struct ListenerFixture : testing::Test {
  std::unique_ptr<TcpListener> listen(const Target& at) {
    auto listener = TcpListener::listen(context, at, recorder);
    if (!listener) {
      ADD_FAILURE() << listener.error();
      return nullptr;
    }
    (*listener)->on_accepted(
        [this](StreamSocket socket, const std::string&) { accepted.push_back(std::move(socket)); });
    return std::move(*listener);
  }

  tcp::socket client_of(const TcpListener& listener) {
    tcp::socket socket(context);
    socket.connect(listener.address());
    return socket;
  }

  asio::io_context context;
  Recorder recorder;
  std::vector<StreamSocket> accepted;
};

}  // namespace serialtcp::io
