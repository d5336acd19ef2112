// TerminalProgram: a program on a terminal of its own, which is started again whenever it ends, as init does with getty.
//
//   stopped --start()--> running --ends--> pausing --> running      hang_up(), from any state: stopped
//
// Each run has a new terminal, so whatever has the old one open loses it, and modes are as at first.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/child_terminal.h"
#include "net/program_watcher.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "session/process.h"

namespace serialtcp::getty {

class TerminalProgram {
 public:
  /// Of what was typed and the terminal has not taken. What is more is dropped, as a terminal does.
  static constexpr std::size_t kMostInput = 16 * 1024;
  static constexpr std::size_t kReadAtOnce = 4096;
  /// Then others are served.
  static constexpr int kReadsPerTurn = 8;
  /// A program that ends sooner is started again after a pause, which doubles.
  static constexpr Duration kOfUse = std::chrono::seconds(2);
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::seconds(30);
  /// What it wrote at its end is waited for so long.
  static constexpr Duration kLastOutput = std::chrono::seconds(2);

  /// Whose functions must not destroy this object.
  class User {
   public:
    virtual ~User() = default;
    virtual void program_wrote(ByteView bytes) = 0;
    /// Whether the terminal is to be read: otherwise it is not, until resume().
    virtual bool output_wanted() = 0;
    /// Some of what was typed was taken.
    virtual void input_taken() = 0;
    /// For the log; a sentence.
    virtual void tell(const std::string& text) = 0;
  };

  /// `words`: the first one is looked for in PATH. All references outlive it.
  TerminalProgram(io::asio::io_context& context, std::shared_ptr<io::ProgramWatcher> watcher,
                  std::vector<std::string> words, User& user);
  ~TerminalProgram() { hang_up(); }

  void start();
  void hang_up();
  bool wanted() const { return wanted_; }

  void type(ByteView keys);
  /// Of what was typed, this waits.
  std::size_t input_waiting() const { return input_.size(); }
  void resize(io::TerminalSize size);
  /// Asks output_wanted() again.
  void resume() { read_terminal(); }

 private:
  void begin();
  std::expected<void, int> launch();
  void read_terminal();
  bool read_some();
  void wait_readable();
  void wait_for_holder();
  void write_terminal();
  void ended(int status);
  void close_terminal();
  void again();

  io::asio::io_context& context_;
  std::shared_ptr<io::ProgramWatcher> watcher_;
  const std::vector<std::string> words_;
  User& user_;
  io::asio::posix::stream_descriptor terminal_;
  std::shared_ptr<io::session::Process> process_;
  std::uint64_t run_ = 0;  ///< handlers of an earlier one do nothing
  io::TerminalSize size_ = {};
  Bytes input_;
  bool wanted_ = false;
  bool running_ = false;
  bool reading_ = false;  ///< read_terminal() is on the stack
  bool read_waits_ = false;
  bool write_waits_ = false;
  Time began_{};
  Duration pause_{};
  std::optional<int> status_;  ///< it has ended
  io::Alarm alarm_;            ///< for the next run, or the end of the output
  io::Alarm holder_alarm_;
  io::Lifetime lifetime_;
};

/// What gives a login prompt on this machine: agetty as serial-getty@.service has it, or busybox's getty, or login.
std::vector<std::string> login_program();

}  // namespace serialtcp::getty
