// RawTerminal: a terminal that we were given, set raw while it is the line, and put back afterwards: also when this
// process is ended by a signal that it does not handle, such as SIGSEGV or SIGQUIT. Only a SIGKILL leaves it raw.
#pragma once

#include <memory>

namespace serialtcp::io {

class RawTerminal {
 public:
  RawTerminal();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  /// Passes all 256 values on unchanged from now on, and takes none for a signal. Speed and parity stay as they are.
  /// There can be one such terminal in a process. Returns 0 or an errno.
  int set(int fd);
  bool is_set() const { return fd_ >= 0; }
  /// Has an effect also when this process is in the background.
  void put_back();
  /// Another program may have changed it. Sets it again; true if it had to.
  bool set_again();

 private:
  struct Modes;
  std::unique_ptr<Modes> modes_;
  int fd_ = -1;  ///< not owned
};

}  // namespace serialtcp::io
