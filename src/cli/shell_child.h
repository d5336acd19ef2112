// ShellChild: `serialtcp shell` as a process of its own, whose standard input and output are a pair of sockets: a session for
// another command of this program.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

namespace serialtcp::cli {

class ShellChild {
 public:
  /// Runs this program with these words behind "shell". Its standard error is that of this process.
  explicit ShellChild(std::span<const std::string> words);
  /// Closes the socket, and waits for it.
  ~ShellChild();
  ShellChild(const ShellChild&) = delete;
  ShellChild& operator=(const ShellChild&) = delete;

  /// This side of the pair; -1 if it could not be started, which has been said.
  int socket() const { return socket_; }
  /// Closes the socket, and returns its exit status.
  int wait();

 private:
  int socket_ = -1;
  pid_t process_ = 0;
  int status_ = 255;
};

}  // namespace serialtcp::cli
