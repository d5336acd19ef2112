// Listener: a listening socket that hands over accepted connections, while it is told to. While it is not,
// clients wait in the kernel's queue. Survives running out of descriptors: the clients then wait, too. Does
// not know what kind of socket it is: TcpListener and UnixListener do.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "net/front_end.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
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
  /// A port that was taken by somebody else while clients were refused is tried again this often.
  static constexpr Duration kTakenPause = std::chrono::seconds(1);

  void on_accepted(Accepted accepted) override { accepted_ = std::move(accepted); }
  void start() override;
  void stop() override;
  void close() override;
  void refuse_while_stopped() override;
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
  void for_each_socket(const std::function<void(int fd)>& call);

 private:
  enum class State { stopped, refusing, taken, waiting, short_of_descriptors, closed };
  enum class WhileStopped { wait, refuse };

  struct Socket {
    Acceptor acceptor;
    bool listens = true;
    bool wait_under_way = false;
    bool from_queue = false;  ///< the clients to be accepted next have waited since before start()
  };

  /// What every accepted socket needs, and who it is, for the log.
  virtual void set_up(StreamSocket& socket) = 0;
  virtual std::string who(StreamSocket& socket, const StreamEndpoint& from) const = 0;

  /// Whether clients can be refused by not listening, and listening goes on later at the same place.
  virtual bool can_stop_listening() const { return false; }

  bool listen_again(Socket& socket);
  void refuse();
  bool serves(StreamSocket& client, const Socket& listening);
  void tell_gone();
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
  WhileStopped while_stopped_ = WhileStopped::wait;
  bool taken_told_ = false;
  std::size_t gone_ = 0;  ///< clients that had waited and have closed, not yet logged
  Time shortage_told_ = Time::min();
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
