// Dialler: connects to a place, for a shared port that goes to its client instead of waiting for it. Connects again when
// that has closed, or could not be reached.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/connector.h"
#include "net/front_end.h"
#include "net/resolver.h"
#include "net/target.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/observer.h"

namespace serialtcp::share {

class Dialler final : public io::FrontEnd {
 public:
  /// Between a failure, or the end of a connection, and the next attempt.
  static constexpr Duration kPause = std::chrono::seconds(5);
  static constexpr Duration kTimeout = std::chrono::seconds(10);

  /// References outlive it.
  Dialler(io::asio::io_context& context, const io::Target& target, std::string device,
          io::Observer& observer);
  ~Dialler() override { Dialler::close(); }

  /// The connection that was handed over has ended.
  void over();

  void on_accepted(Accepted accepted) override { accepted_ = std::move(accepted); }
  void refuse_while_stopped() override {}
  void start() override;
  void stop() override { close(); }
  void close() override;
  void resume() override {}

 private:
  void dial();
  void dialled(std::expected<io::StreamSocket, ResetReason> result);

  io::asio::io_context& context_;
  io::Target target_;
  std::string device_;
  io::Observer& observer_;
  io::Resolver resolver_;
  Accepted accepted_;
  std::shared_ptr<io::ConnectAttempt> attempt_;
  bool started_ = false;
  bool failure_told_ = false;
  io::Alarm alarm_;
};

}  // namespace serialtcp::share
