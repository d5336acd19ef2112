// PtyFrontEnd: a front end that is a pty. Each time that a program opens it is a connection, until the last program has
// closed it.
#pragma once

#include <cstddef>
#include <expected>
#include <list>
#include <memory>
#include <string>

#include "net/front_end.h"
#include "os/asio.h"
#include "os/observer.h"
#include "port/served_terminal.h"
#include "service/pty_stream.h"

namespace serialtcp::io {

class PtyFrontEnd final : public FrontEnd, private ServedTerminal::User {
 public:
  using Far = PtyStream::Far;

  /// Connections whose program has closed the pty, and that the other end has not closed yet; of more, the oldest ends.
  static constexpr std::size_t kMostDraining = 16;

  /// `path`: the link to the pty. Both references outlive it.
  PtyFrontEnd(asio::io_context& context, std::string path, Far far, Observer& observer);
  ~PtyFrontEnd() override;

  /// Makes the pty. The error is a whole sentence.
  std::expected<void, std::string> make() { return terminal_.start(); }

  void on_accepted(Accepted accepted) override { accepted_ = std::move(accepted); }
  /// While it is stopped, there is no pty.
  void refuse_while_stopped() override;
  void start() override;
  void stop() override;
  std::size_t waiting() const override;
  void close() override;
  void resume() override;

 private:
  std::string name() const { return "pty:" + terminal_.path(); }
  PtyStream* current();
  void accept();
  void over(const PtyStream* stream, PtyStream::Over how, const std::string& why);
  void hang_up(const std::string& why);
  void hide_or_show();

  void terminal_opened() override { accept(); }
  void terminal_closed() override;
  void terminal_set(const SerialSettings& settings) override;
  void terminal_dropped() override;

  asio::io_context& context_;
  ServedTerminal terminal_;
  Far far_;
  Observer& observer_;
  Accepted accepted_;
  enum class State : std::uint8_t { stopped, started, closed } state_ = State::stopped;
  bool refuses_ = false;                           ///< while it is stopped
  bool short_ = false;                             ///< a descriptor was missing
  std::list<std::unique_ptr<PtyStream>> streams_;  ///< the current one, if there is one, is the last
};

}  // namespace serialtcp::io
