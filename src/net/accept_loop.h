// AcceptLoop: a listening socket that hands over each client that connects, as the program's own servers need it
// (control socket, HTTP). Listener is the one of services, whose clients may have to wait or be refused.
#pragma once

#include <algorithm>
#include <expected>
#include <functional>
#include <list>
#include <memory>

#include "net/client_wait.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// A socket that listens there and does not block. One for an IPv6 address does not include IPv4.
std::expected<StreamAcceptor, ErrorCode> listening_socket(asio::io_context& context,
                                                          const StreamEndpoint& endpoint);

class AcceptLoop {
 public:
  /// Connections taken from the queue before other work is done.
  static constexpr int kAcceptsPerTurn = 16;
  /// The pause after running out of descriptors or memory.
  static constexpr Duration kShortagePause = std::chrono::seconds(1);

  using Accepted = std::move_only_function<void(StreamSocket client)>;

  AcceptLoop(asio::io_context& context, StreamAcceptor acceptor, Accepted accepted);

  void start() { wait(); }
  StreamEndpoint endpoint() const;

 private:
  void wait();
  void accept_some();

  asio::io_context& context_;
  StreamAcceptor acceptor_;
  Accepted accepted_;
  ClientWait client_;
  Alarm pause_;
  Lifetime lifetime_;
};

/// Makes room for one more client: drops the first one of those for which nothing is being done. False if there is none.
template <typename Client>
bool drop_one_that_waits(std::list<std::shared_ptr<Client>>& clients) {
  const auto waiting = std::ranges::find_if(clients, [](const auto& client) { return client->waits(); });
  if (waiting == clients.end()) return false;
  (*waiting)->drop();
  clients.erase(waiting);
  return true;
}

}  // namespace serialtcp::io
