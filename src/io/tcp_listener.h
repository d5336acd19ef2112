// TcpListener: a listening socket that hands over accepted connections, while it is told to. While it is not,
// clients wait in the kernel's queue. Survives running out of descriptors: the clients then wait, too.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "io/asio.h"
#include "io/front_end.h"
#include "io/observer.h"
#include "io/target.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

class TcpListener final : public FrontEnd {
 public:
  /// Connections taken from the queue before others have their turn.
  static constexpr int kAcceptsPerTurn = 16;
  /// How long it waits after running out of descriptors, unless resume() comes first.
  static constexpr Duration kShortagePause = std::chrono::milliseconds(100);
  /// Running out of descriptors is told at most this often.
  static constexpr Duration kShortageSilence = std::chrono::seconds(30);

  /// Binds and listens at once (port 0: any free one), blocking to look up a name. The error is a whole
  /// sentence.
  static std::expected<std::unique_ptr<TcpListener>, std::string> listen(asio::io_context& context,
                                                                         const Target& at,
                                                                         Observer& observer);

  void on_accepted(Accepted accepted) override { accepted_ = std::move(accepted); }
  void start() override;
  void stop() override;
  void resume() override;

  tcp::endpoint address() const;

 private:
  enum class State { stopped, waiting, short_of_descriptors };

  TcpListener(asio::io_context& context, Observer& observer);

  ErrorCode bind(const tcp::endpoint& endpoint);
  void wait();
  void accept_some();
  void pause(int error);

  Observer& observer_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Accepted accepted_;
  State state_ = State::stopped;
  bool wait_under_way_ = false;
  Time shortage_told_ = Time::min();
};

}  // namespace serialtcp::io
