// What a user types at a terminal, as far as it concerns this end: ~. at the beginning of a line leaves the session, for when
// the other end does not answer. ~~ is one ~.
#pragma once

#include <cstdint>

#include "serialtcp/bytes.h"

namespace serialtcp::io::session {

class Escape {
 public:
  /// Appends what is meant for the other end. False if the user wants to leave.
  bool type(ByteView keys, Bytes& to) {
    for (const Byte key : keys) {
      if (state_ == State::tilde) {
        if (key == '.') return false;
        if (key != '~') to.push_back('~');
        to.push_back(key);
        state_ = after(key);
        if (key == '~') state_ = State::in_line;
      } else if (state_ == State::line_begins && key == '~') {
        state_ = State::tilde;
      } else {
        to.push_back(key);
        state_ = after(key);
      }
    }
    return true;
  }

 private:
  enum class State : std::uint8_t { line_begins, in_line, tilde };

  static State after(Byte key) { return key == '\r' || key == '\n' ? State::line_begins : State::in_line; }

  State state_ = State::line_begins;
};

}  // namespace serialtcp::io::session
