// Shell: runs commands at the prompt of a shell, between what else the console shows. Each is typed as one line, and what
// it prints stands between two marks that are not in the line itself: its echo is never taken for the answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "install/talk.h"
#include "install/task.h"

namespace serialtcp::install {

class Shell {
 public:
  /// Characters of a command: with the marks, no line is longer than 250, and shells on boards take 255.
  static constexpr std::size_t kMostCommand = 205;

  struct Result {
    int status = 0;
    std::string output = {};  ///< lines, without the last line end
    bool ok() const { return status == 0; }
  };

  explicit Shell(Talk& talk) : talk_(talk) {}

  /// Whether it is one: throws Failure if it is not.
  Task<> greet();

  /// Repeats it, slower each time, until there is an answer: it must do the same if it is repeated. `limit` is for each
  /// answer, once the line has been sent. Throws Failure.
  Task<Result> run(std::string command, Duration limit = std::chrono::seconds(8));
  /// One attempt; none if there was no answer, or it was damaged. `input` is sent once the command has
  /// printed "<Ng>", where N is a number that stands in it for a `%`.
  Task<std::optional<Result>> once(std::string command, Duration limit, ByteView input = {});

  /// To an empty prompt, from wherever an attempt has ended.
  Task<> recover();
  /// Throws Failure if it is not there any more, since the board has begun again.
  void expect_same_life();

  /// The variable S of the shell has the settings of its terminal: recover() sets them again.
  void terminal_is_known() { terminal_known_ = true; }
  bool knows_terminal() const { return terminal_known_; }

  Talk& talk() { return talk_; }

 private:
  std::optional<Result> result(unsigned number);

  Talk& talk_;
  unsigned number_ = 10;
  unsigned slower_ = 0;  ///< how often it was slowed down
  bool signed_ = false;  ///< it has the variable by which it is known
  bool terminal_known_ = false;
};

/// A word for a shell, in single quotes.
std::string quoted(std::string_view text);

/// The last line of text, printable and not long, for a message.
std::string last_words(std::string_view text);

}  // namespace serialtcp::install
