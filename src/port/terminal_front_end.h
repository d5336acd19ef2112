// TerminalFrontEnd: a pty as the front end of a service. Each time a program opens it, a connection is handed over, as if
// the program had connected to a socket; it ends when the last program has closed the pty.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "net/front_end.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "port/serial_settings.h"
#include "port/served_terminal.h"

namespace serialtcp::io {

class TerminalFrontEnd final : public FrontEnd, private ServedTerminal::User {
 public:
  /// Makes the pty and its link at `path`; `settings` are those that it shows. The error is a whole sentence.
  static std::expected<std::unique_ptr<TerminalFrontEnd>, std::string> make(asio::io_context& context,
                                                                            const std::string& path,
                                                                            const SerialSettings& settings);
  ~TerminalFrontEnd() override;

  /// Called when a program has chosen other settings: also of one that has closed it already.
  void on_set(std::function<void(const SerialSettings& settings)> set) { set_ = std::move(set); }
  /// Called when a program has dropped what it has not read: then what is in the socket is dropped.
  void on_dropped(std::function<void()> dropped) { dropped_ = std::move(dropped); }
  /// Programs find these from now on.
  void show(const SerialSettings& settings) { terminal_.show(settings); }

  void on_accepted(Accepted accepted) override { accepted_ = std::move(accepted); }
  void refuse_while_stopped() override { refuses_ = true; }
  void start() override;
  void stop() override;
  std::size_t waiting() const override;
  void close() override;
  void resume() override;

 private:
  struct Session;
  using SessionPtr = std::shared_ptr<Session>;

  TerminalFrontEnd(asio::io_context& context, const std::string& path, const SerialSettings& settings);

  void terminal_opened() override;
  void terminal_closed() override;
  void terminal_set(const SerialSettings& settings) override;
  void terminal_dropped() override;

  void begin();
  void hang_up();
  void read_terminal();
  void to_client(const SessionPtr& session);
  void wait_for_client(const SessionPtr& session);
  void read_client(const SessionPtr& session);
  void to_program(const SessionPtr& session);

  asio::io_context& context_;
  ServedTerminal terminal_;
  Accepted accepted_;
  std::function<void(const SerialSettings& settings)> set_;
  std::function<void()> dropped_;
  bool started_ = false;
  bool refuses_ = false;
  SessionPtr session_;  ///< of the programs that have it open
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
