// UserEnd: standard input and output of a console: a terminal, which is set raw, or pipes and files in a script. Never
// waits: what the output does not accept is kept, within a limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "os/asio.h"
#include "port/given_stream.h"
#include "port/raw_terminal.h"
#include "serialtcp/bytes.h"

namespace serialtcp::console {

class UserEnd {
 public:
  /// Output that is not accepted. A terminal loses what is more; of anything else, the owner looks at is_behind().
  static constexpr std::size_t kMostPending = 256 * 1024;
  static constexpr std::size_t kReadAtOnce = 4096;

  /// Whose functions must not destroy this object.
  class User {
   public:
    virtual ~User() = default;
    virtual void user_typed(ByteView bytes) = 0;
    /// Whether the input is to be read: otherwise it is not, until resume_input().
    virtual bool input_wanted() = 0;
    virtual void input_ended() = 0;
    /// Some of what was pending has been accepted.
    virtual void output_accepted() = 0;
    /// Nobody reads it any more.
    virtual void output_lost() = 0;
  };

  /// The files stay open and are their owner's.
  UserEnd(io::asio::io_context& context, io::GivenFile input, io::GivenFile output, User& user);
  ~UserEnd() { close(); }

  /// Sets a terminal raw. Otherwise why not, a sentence.
  std::optional<std::string> open();
  /// The terminal and the files are as they were before.
  void close();
  void start_input() { wait_input(); }
  void resume_input();

  /// The input is a terminal, so that there are keys.
  bool has_keys() const { return keys_; }
  /// The output is one.
  bool is_screen() const { return screen_; }

  void show(ByteView bytes);
  bool is_behind() const { return pending_.size() - sent_ > kMostPending / 2; }
  bool has_pending() const { return sent_ < pending_.size(); }

  /// The process stops (console_signals), with the terminal as it was before; raw again when it goes on.
  void stop();
  /// Another program may have changed the terminal.
  void set_again() { terminal_.set_again(); }

 private:
  void wait_input();
  void readable();
  void flush();
  void put_mark();

  User& user_;
  io::GivenStream input_;
  io::GivenStream output_;
  io::RawTerminal terminal_;
  bool keys_ = false;
  bool screen_ = false;
  bool held_ = false;   ///< the input is not read
  bool ended_ = false;  ///< the input has
  bool waits_ = false;  ///< for the output
  Bytes pending_;
  std::size_t sent_ = 0;    ///< of pending_
  std::uint64_t lost_ = 0;  ///< bytes of which the screen does not say yet that they are missing
};

}  // namespace serialtcp::console
