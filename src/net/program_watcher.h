// ProgramWatcher ensures that no program outlives this process, however that ends: after kill -9 it cannot
// end them itself. A separate shell waits for the end of a pipe that only this process can write to. Then it
// sends SIGTERM to the process groups that it was given, and SIGKILL after two seconds.
#pragma once

#include <sys/types.h>

#include <set>

namespace serialtcp::io {

class ProgramWatcher {
 public:
  ProgramWatcher() = default;
  ~ProgramWatcher();
  ProgramWatcher(const ProgramWatcher&) = delete;
  ProgramWatcher& operator=(const ProgramWatcher&) = delete;

  /// Adds a process group. Returns an errno; on an error it is not watched.
  int add(pid_t group);
  /// The group has ended, and its number may soon belong to another one.
  void remove(pid_t group);
  /// It was hung up, and is about to end.
  void expect_end(pid_t group) { ending_.insert(group); }
  bool expects_ends() const { return !ending_.empty(); }

  /// The process id of the shell; 0 until there is something to watch.
  pid_t pid() const { return pid_; }

 private:
  int start();
  void stop();
  bool send(pid_t message) const;

  pid_t pid_ = 0;
  int pipe_ = -1;
  std::set<pid_t> groups_;
  std::set<pid_t> ending_;
};

}  // namespace serialtcp::io
