// ProgramWatcher ensures that no program outlives this process, however that ends: after kill -9 it cannot
// end them itself. A separate shell waits for the end of a pipe that only this process can write to. Then it
// sends SIGTERM to the process groups that it was given, and SIGKILL after two seconds. On Windows there is nothing to be
// watched: a job object ends its programs together with the process that has it (net/child_process_windows).
#pragma once

#include <set>

namespace serialtcp::io {

/// What a system calls a process, or a group of processes, by.
using ProcessNumber = int;

class ProgramWatcher {
 public:
  ProgramWatcher() = default;
  ~ProgramWatcher();
  ProgramWatcher(const ProgramWatcher&) = delete;
  ProgramWatcher& operator=(const ProgramWatcher&) = delete;

  /// Adds a process group. Returns an errno; on an error it is not watched.
  int add(ProcessNumber group);
  /// The group has ended, and its number may soon belong to another one.
  void remove(ProcessNumber group);
  /// It was hung up, and is about to end.
  void expect_end(ProcessNumber group) { ending_.insert(group); }
  bool expects_ends() const { return !ending_.empty(); }

  /// The process id of the shell; 0 until there is something to watch.
  ProcessNumber pid() const { return pid_; }

 private:
  int start();
  void stop();
  bool send(ProcessNumber message) const;

  ProcessNumber pid_ = 0;
  int pipe_ = -1;
  std::set<ProcessNumber> groups_;
  std::set<ProcessNumber> ending_;
};

}  // namespace serialtcp::io
