// ConsoleWatch: is there a console at the other end, and what does it wait for? Looks at what comes while no
// peer has answered. It knows login and shell prompts, boot loaders and other text, through escape sequences,
// kernel messages and the echo of what this end has said itself. It sends nothing and decides nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "serialtcp/time.h"

namespace serialtcp::wire {

class ConsoleWatch {
 public:
  /// Part of everything that this end says, so that its echo is known.
  void set_own_text(std::string text) { own_text_ = std::move(text); }

  void heard(ByteView bytes, Time now);
  /// Something of our protocol was heard: it is no console, or not only one.
  void forget();

  /// When look() should be called: some time after the last byte, since what waits says nothing more.
  Time due() const { return due_; }
  /// Judges what has come. Returns whether it found something else than before.
  bool look(Time now);

  /// What look() found; nothing if what came was no text.
  std::optional<Console> found() const { return found_; }
  /// It waits for somebody to type.
  bool at_prompt() const { return found_ && *found_ != Console::text; }
  Time last_heard() const { return last_heard_; }
  /// The line that tells, in printable ASCII, of limited length.
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
  bool waits_for_login(const std::string& lower) const;
  std::string prompt_shown() const;
  std::optional<std::size_t> shell_prompt(std::string_view line) const;
  bool is_own_echo(std::string_view rest) const;

  std::string own_text_;
  Sequence sequence_ = Sequence::none;
  std::size_t parameter_ = 0;  ///< of a control sequence
  bool return_ = false;        ///< the last byte was a carriage return
  std::string line_;           ///< not ended yet
  std::size_t cursor_ = 0;     ///< in it
  std::string last_line_;      ///< that was ended and was no kernel message
  std::size_t run_ = 0;        ///< of printable characters
  std::uint64_t text_ = 0;
  std::uint64_t all_ = 0;
  std::optional<Console> found_;
  Time last_heard_{};
  Time unseen_since_ = kNever;
  Time due_ = kNever;
};

}  // namespace serialtcp::wire
