// InstallLine: a line that is open only when a serialtcp answers at its other end: until then, it installs and starts one
// there, by way of the console. Then it is the line that it wraps. When that is opened again, it is looked at again, which
// is the case, too, when the console is there again in place of the program, or nothing is heard.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "install/console_return.h"
#include "install/installer.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "port/wrapped_line.h"

namespace serialtcp::install {

class InstallLine final : public io::WrappedLine {
 public:
  /// Who tells the user, and asks. Like a Witness; the questions of an installer that is given up are taken back.
  class User : public Witness {
   public:
    using Answered = std::move_only_function<void(std::optional<std::string>)>;
    /// Where the answers to ask() go; set before it is called.
    virtual void on_answer(Answered answered) = 0;
    virtual void take_back() = 0;
  };

  InstallLine(io::asio::io_context& context, std::unique_ptr<io::Line> line, Installer::Config config,
              std::vector<std::string> folders, std::unique_ptr<User> user);
  ~InstallLine() override;

  void open(Opened opened) override;
  void close() override;
  bool leave(Ready left) override;
  io::LineResult read(MutableByteView into) override;
  io::LineResult write(ByteView bytes) override;
  void when_readable(Ready ready) override;
  bool may_be_dead() const override { return console_return_.has_value(); }

 private:
  void begin();
  void wait_readable();
  void readable();
  void go_on();
  void write_some();
  void finish();
  void watch_console();
  void wake_reader();
  void end(std::expected<void, io::OpenError> result);

  io::asio::io_context& context_;
  const Installer::Config config_;
  Programs programs_;
  std::unique_ptr<User> user_;
  std::optional<Installer> installer_;  ///< while it works
  Opened opened_;
  Ready left_;  ///< while it leaves
  io::Alarm alarm_;
  bool write_wait_ = false;
  std::string first_;                            ///< what it has received already
  std::optional<ConsoleReturn> console_return_;  ///< while it is open
  Ready reader_;                                 ///< waits for it to be readable
  std::string refused_;                          ///< why nothing is typed any more
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::install
