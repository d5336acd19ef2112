// Listener: a listening socket that hands accepted connections over while it is started. While it is not,
// clients wait in the kernel's queue, also when the process has run out of descriptors. Does not know what
// kind of socket it is: TcpListener and UnixListener do.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "net/client_wait.h"
#include "net/front_end.h"
#include "net/socket_handle.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class Listener : public FrontEnd {
 public:
  /// Connections taken from the queue before other work is done.
  static constexpr int kAcceptsPerTurn = 16;
  /// The pause after running out of descriptors, unless resume() is called.
  static constexpr Duration kShortagePause = std::chrono::milliseconds(100);
  /// Running out of descriptors is reported at most this often.
  static constexpr Duration kShortageSilence = std::chrono::seconds(30);
  /// A port that another program took while clients were refused is tried again at this interval.
  static constexpr Duration kTakenPause = std::chrono::seconds(1);

  void on_accepted(Accepted accepted) override { accepted_ = std::move(accepted); }
  void start() override;
  void stop() override;
  void close() override;
  void refuse_while_stopped() override;
  std::size_t waiting() const override;
  void resume() override;

 protected:
  /// Both must outlive the listener.
  Listener(asio::io_context& context, Observer& observer);

  /// Adds a socket that listens there, or returns the error.
  ErrorCode bind(const StreamEndpoint& endpoint);
  /// Adds a socket that listens already.
  void add(StreamAcceptor acceptor) { sockets_.emplace_back(std::move(acceptor)); }
  /// Where its sockets listen, in the order of bind() and add().
  std::vector<StreamEndpoint> endpoints() const;
  void close_all() { sockets_.clear(); }
  void for_each_socket(const std::function<void(SocketHandle)>& call);

 private:
  enum class State { stopped, refusing, taken, waiting, short_of_descriptors, closed };
  enum class WhileStopped { wait, refuse };

  struct Socket {
    explicit Socket(StreamAcceptor listening) : acceptor(std::move(listening)) {}

    StreamAcceptor acceptor;
    ClientWait client;
    bool listens = true;
    bool from_queue = false;  ///< the clients to be accepted next have waited since before start()
  };

  /// Sets the options of an accepted socket; returns its peer, for the log.
  virtual void set_up(StreamSocket& socket) = 0;
  virtual std::string who(StreamSocket& socket, const StreamEndpoint& from) const = 0;

  /// Whether clients can be refused by not listening, with the same address later.
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
  /// Asking a socket changes nothing, but needs one that is not const.
  mutable std::list<Socket> sockets_;
  asio::steady_timer pause_;
  Accepted accepted_;
  State state_ = State::stopped;
  WhileStopped while_stopped_ = WhileStopped::wait;
  bool taken_told_ = false;
  std::size_t gone_ = 0;  ///< clients that waited and have closed, not yet logged
  Time shortage_told_ = Time::min();
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
