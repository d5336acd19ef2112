// Listener: listening sockets (one for each address) that hand over accepted connections, while they are told to. While
// they are not, clients wait in the kernel's queue. Survives running out of descriptors: the clients then wait, too.
// Does not know what kind of sockets they are: TcpListener and UnixListener do.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "io/asio.h"
#include "io/front_end.h"
#include "io/lifetime.h"
#include "io/observer.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class Listener : public FrontEnd {
 public:
  /// Connections taken from the queue before others have their turn.
  static constexpr int kAcceptsPerTurn = 16;
  /// How long it waits after running out of descriptors, unless resume() comes first.
  static constexpr Duration kShortagePause = std::chrono::milliseconds(100);
  /// Running out of descriptors is told at most this often.
  static constexpr Duration kShortageSilence = std::chrono::seconds(30);

  void on_accepted(Accepted accepted) override { accepted_ = std::move(accepted); }
  void start() override;
  void stop() override;
  void resume() override;

 protected:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

  /// Both outlive the listener.
  Listener(asio::io_context& context, Observer& observer);

  /// One more socket, which listens there; or why there is none.
  ErrorCode bind(const StreamEndpoint& endpoint);
  /// Where its sockets listen, in the order of bind().
  std::vector<StreamEndpoint> endpoints() const;
  void close_all() { sockets_.clear(); }

 private:
  enum class State { stopped, waiting, short_of_descriptors };

  struct Socket {
    Acceptor acceptor;
    bool wait_under_way = false;
  };

  /// What a socket needs before it listens.
  virtual void prepare(int) {}
  /// What every accepted socket needs, and who it is, for the log.
  virtual void set_up(StreamSocket& socket) = 0;
  virtual std::string who(StreamSocket& socket, const StreamEndpoint& from) const = 0;

  void wait();
  void wait(Socket& socket);
  void accept_some(Socket& listening);
  void pause(int error);

  Observer& observer_;
  asio::io_context& context_;
  std::list<Socket> sockets_;
  asio::steady_timer pause_;
  Accepted accepted_;
  State state_ = State::stopped;
  Time shortage_told_ = Time::min();
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
