// Terminal: the user's terminal while the whole screen is used: its modes, its size, its keys, and the signals that
// concern it. It is restored when the object ends, and while the program is stopped.
#pragma once

#include <poll.h>
#include <termios.h>

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "top/screen.h"

namespace serialtcp::top {

class Terminal {
 public:
  /// The terminal that standard input and output are; or why there is none. One at a time.
  static std::expected<std::unique_ptr<Terminal>, std::string> open();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  Size size() const;

  struct Happened {
    std::string typed = {};
    bool must_redraw = false;        ///< it may show anything, or has another size
    std::optional<int> signal = {};  ///< one that ends the program
    bool gone = false;               ///< there is no terminal any more
  };
  /// Waits for keys, for signals, until what was written has been accepted, or for one of `others`.
  Happened wait(std::vector<pollfd> others, std::chrono::milliseconds most);

  /// Writes as much as it accepts; the rest follows during wait().
  void write(std::string_view bytes);
  /// It has not accepted everything yet: it would be of no use to write more.
  bool is_busy() const { return !pending_.empty(); }

 private:
  Terminal(int fd, const termios& before);

  void enter();
  void leave();
  void flush();
  void stop();
  void take_signals(Happened& happened);
  void take_input(Happened& happened) const;

  int fd_;  ///< opened again: the modes of its descriptors are those of the shell, too
  termios before_;
  std::string pending_;
};

}  // namespace serialtcp::top
