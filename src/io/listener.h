// Listener: a listening socket that hands over accepted connections, while it is told to. While it is not,
// clients wait in the kernel's queue. Survives running out of descriptors: the clients then wait, too. Does
// not know what kind of socket it is: TcpListener and UnixListener do.
#pragma once

#include <string>

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

  /// A socket that listens there, or why not.
  ErrorCode bind(const StreamEndpoint& endpoint);
  const Acceptor& acceptor() const { return acceptor_; }

 private:
  enum class State { stopped, waiting, short_of_descriptors };

  /// What a socket needs before it listens.
  virtual void prepare(int) {}
  /// What every accepted socket needs, and who it is, for the log.
  virtual void set_up(StreamSocket& socket) = 0;
  virtual std::string who(StreamSocket& socket, const StreamEndpoint& from) const = 0;

  void wait();
  void accept_some();
  void pause(int error);

  Observer& observer_;
  Acceptor acceptor_;
  asio::steady_timer pause_;
  Accepted accepted_;
  State state_ = State::stopped;
  bool wait_under_way_ = false;
  Time shortage_told_ = Time::min();
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
