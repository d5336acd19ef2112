// RawTerminal: a terminal that we were given, set raw while it is the line, and put back afterwards: also when this
// process crashes, or is ended by a signal that it does not handle. Only when it is killed, the terminal stays raw.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "port/given_stream.h"

namespace serialtcp::io {

class RawTerminal {
 public:
  RawTerminal();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  /// Passes all 256 values on unchanged from now on, and takes none for a signal. Speed and parity stay as they are.
  /// There can be one such terminal in a process. `file` stays open. Otherwise why not, as the system says it.
  std::optional<std::string> set(GivenFile file);
  bool is_set() const { return modes_ != nullptr; }
  /// Has an effect also when this process is in the background.
  void put_back();
  /// Another program may have changed it. Sets it again; true if it had to.
  bool set_again();

 private:
  struct Modes;
  std::unique_ptr<Modes> modes_;  ///< while it is set
};

}  // namespace serialtcp::io
