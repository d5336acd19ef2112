// ProgramWatcher: sees to it that no program outlives this process, however that ends: kill -9 leaves it no
// time to end them itself. A shell beside it waits for the end of a pipe that only this process can write to;
// then it asks the process groups that it was told of to end (SIGTERM), and after two seconds kills them.
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

  /// A process group to watch. Returns errno; then it is not watched.
  int add(pid_t group);
  /// It is over, and its number may belong to somebody else soon.
  void remove(pid_t group);

  /// Of the shell; 0 until there is something to watch.
  pid_t pid() const { return pid_; }

 private:
  int start();
  void stop();
  bool send(pid_t message) const;

  pid_t pid_ = 0;
  int pipe_ = -1;
  std::set<pid_t> groups_;
};

}  // namespace serialtcp::io
