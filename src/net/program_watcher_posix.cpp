// A shell, and not a fork of this process, which would be a copy of all its memory, including keys.
#include "net/program_watcher.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <type_traits>
#include <utility>

#include "net/program_start.h"

namespace serialtcp::io {

namespace {

static_assert(std::is_same_v<ProcessNumber, pid_t>);

/// Reads "12" for a group to watch and "-12" for one that has ended.
constexpr const char* kScript = R"(
all=' '
while read -r group; do
  case $group in
    -*)
      group=${group#-}
      case $all in *" $group "*) all="${all%% "$group" *} ${all#* "$group" }" ;; esac ;;
    *) all="$all$group " ;;
  esac
done
send() {
  any=
  for group in $all; do kill -s "$1" -- "-$group" 2>/dev/null && any=1; done
  [ "$any" ]
}
send TERM || exit 0
sleep 1
send 0 || exit 0
sleep 1
send KILL
)";

}  // namespace

ProgramWatcher::~ProgramWatcher() {
  stop();
}

/// Starts it again if it was ended.
int ProgramWatcher::start() {
  stop();
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const auto started =
      spawn_shell({"sh", "-c", kScript, "exec-watcher"}, {{ends[0], STDIN_FILENO}}, Spawned::apart);
  ::close(ends[0]);
  if (!started) {
    ::close(ends[1]);
    return started.error();
  }
  pid_ = *started;
  pipe_ = ends[1];
  for (const ProcessNumber group : groups_) send(group);
  return 0;
}

void ProgramWatcher::stop() {
  if (pid_ == 0) return;
  // If it has groups to end, it does that first.
  if (groups_.empty()) ::kill(pid_, SIGKILL);
  ::close(std::exchange(pipe_, -1));
  ::waitpid(pid_, nullptr, groups_.empty() ? 0 : WNOHANG);
  pid_ = 0;
}

int ProgramWatcher::add(ProcessNumber group) {
  if (pid_ != 0 && send(group)) {
    groups_.insert(group);
    return 0;
  }
  const auto place = groups_.insert(group).first;
  const int failure = start();
  if (failure != 0) groups_.erase(place);
  return failure;
}

void ProgramWatcher::remove(ProcessNumber group) {
  ending_.erase(group);
  if (groups_.erase(group) == 0 || pid_ == 0) return;
  if (!send(-group)) start();
}

bool ProgramWatcher::send(ProcessNumber message) const {
  const std::string line = std::to_string(message) + "\n";
  return ::write(pipe_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace serialtcp::io
