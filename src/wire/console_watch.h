// ConsoleWatch detects a console at the other end, and whether it waits for input. It examines what arrives
// while no peer has answered, and recognises login and shell prompts, boot loaders and other text. It ignores
// escape sequences, kernel messages and the echo of what this end has sent. It sends nothing and decides
// nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::wire {

/// What waits for input, more exactly than Console.
enum class Prompt : std::uint8_t {
  none,
  user_name,  ///< login:
  password,
  refused,      ///< "Login incorrect", and no new prompt yet
  activate,     ///< "Please press Enter to activate this console"
  shell,        ///< of a user
  root_shell,   ///< ends in #
  autoboot,     ///< a boot loader counts down: any byte stops it
  boot_loader,  ///< its command line
};

class ConsoleWatch {
 public:
  /// A text that is part of everything this end sends, by which its echo is recognised.
  void set_own_text(std::string text) { own_text_ = std::move(text); }
  /// The last hello that this end has sent: what looks like a prompt, but is a part of it, is its echo.
  void set_own_hello(ByteView bytes);

  void heard(ByteView bytes, Time now);
  /// Bytes of our protocol have arrived: it is not a console, or not only one. Everything is forgotten.
  void forget();

  /// When look() is to be called: some time after the last byte, since a prompt is followed by silence.
  Time due() const { return due_; }
  /// Evaluates what has arrived. Returns whether the result has changed.
  bool look(Time now);

  /// The result of look(); empty if what arrived was not text.
  std::optional<Console> found() const { return found_; }
  /// What waits for input, by the same look().
  Prompt prompt() const { return prompt_; }
  /// There was enough, and most of it was not text: noise, another speed, or a protocol.
  bool is_noise() const;
  /// The console waits for input.
  bool at_prompt() const { return found_ && *found_ != Console::text; }
  Time last_heard() const { return last_heard_; }
  /// The line of text that shows it, in printable ASCII, of limited length.
  std::string excerpt() const;

 private:
  enum class Sequence : std::uint8_t { none, escape, control, string };

  void take(Byte byte);
  void take_text(Byte byte);
  void control(char what, std::size_t times);
  void drop_own_echo();
  void end_line();
  void count(Byte byte);
  bool is_text() const;
  std::optional<Console> judge() const;
  Prompt judge_prompt() const;
  std::optional<Prompt> login_prompt(const std::string& lower) const;
  std::string prompt_shown() const;
  std::optional<std::size_t> shell_prompt(std::string_view line) const;
  bool is_own_echo(std::string_view rest) const;
  bool amid_own_hello() const;
  bool is_stripped_hello(std::string_view line) const;

  std::string own_text_;
  std::string own_hello_;  ///< as a terminal shows it that echoes control characters as ^X
  std::string
      after_session_;  ///< what follows a session in it, on a line that carries printable characters only
  Sequence sequence_ = Sequence::none;
  std::size_t parameter_ = 0;  ///< of a control sequence
  bool return_ = false;        ///< the last byte was a carriage return
  std::string line_;           ///< the current line, so far
  std::size_t cursor_ = 0;     ///< position in line_
  std::string last_line_;      ///< the last complete line that was not a kernel message
  std::size_t run_ = 0;        ///< printable characters in a row
  std::uint64_t text_ = 0;
  std::uint64_t all_ = 0;
  std::optional<Console> found_;
  Prompt prompt_ = Prompt::none;
  Time last_heard_{};
  Time unseen_since_ = kNever;
  Time due_ = kNever;
};

}  // namespace serialtcp::wire
