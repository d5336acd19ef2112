// The shell first waits for a line, so that its group is watched before it does anything. If this process
// were killed before that, the pipe would end instead.
#include "net/program_start.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "net/program_watcher.h"

extern char** environ;  // NOLINT: required by POSIX

namespace serialtcp::io {

namespace {

constexpr const char* kWhenWatched =
    R"(read -r go <&3 && exec 3<&- && { [ -z "$1" ] || cd "$1" 2>/dev/null || cd /; } && shift && exec "$@")";
constexpr int kGate = STDERR_FILENO + 1;
static_assert(kMoreDescriptor == kGate + 1);

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Program shell_command(std::string command) {
  return {.words = {"/bin/sh", "-c", std::move(command)}};
}

std::expected<pid_t, int> start_program(const Program& program, const StandardFiles& files,
                                        ProgramWatcher& watcher) {
  std::array<int, 2> gate{-1, -1};
  if (::pipe2(gate.data(), O_CLOEXEC) != 0) return std::unexpected(errno);
  const bool terminal = !files.controlling_terminal.empty();
  const auto of_program = [&](int fd) { return terminal ? STDIN_FILENO : fd; };
  std::vector<std::string> words = {"sh", "-c", kWhenWatched, "sh", program.folder};
  words.insert(words.end(), program.words.begin(), program.words.end());
  std::vector<std::pair<int, int>> descriptors = {{of_program(files.input), STDIN_FILENO},
                                                  {of_program(files.output), STDOUT_FILENO},
                                                  {files.error_output, STDERR_FILENO},
                                                  {gate[0], kGate}};
  if (program.more >= 0) descriptors.emplace_back(program.more, kMoreDescriptor);
  auto pid =
      spawn_shell(std::move(words), descriptors, terminal ? Spawned::in_own_session : Spawned::in_own_group,
                  files.controlling_terminal, program.environment);
  int failure = pid ? watcher.add(*pid) : pid.error();
  if (failure == 0 && ::write(gate[1], "\n", 1) != 1) failure = errno;
  for (const int fd : gate) ::close(fd);
  if (failure == 0) return pid;
  if (pid) {
    ::waitpid(*pid, nullptr, 0);  // it has read the end of the pipe
    watcher.remove(*pid);
  }
  return std::unexpected(failure);
}

std::expected<pid_t, int> spawn_shell(std::vector<std::string> arguments,
                                      const std::vector<std::pair<int, int>>& files, Spawned how,
                                      const std::string& terminal, std::vector<std::string> environment) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  // Without O_NOCTTY.
  if (!terminal.empty())
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal.c_str(), O_RDWR, 0);
  for (const auto& [from, to] : files) ::posix_spawn_file_actions_adddup2(&actions, from, to);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, files.back().second + 1);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  const bool apart = how == Spawned::apart;
  ::posix_spawnattr_setsigmask(&attributes, apart ? &all : &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  const int place = how == Spawned::in_own_group ? POSIX_SPAWN_SETPGROUP : POSIX_SPAWN_SETSID;
  ::posix_spawnattr_setflags(&attributes,
                             static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | place));
  const auto words = pointers_to(arguments);
  const auto variables = pointers_to(environment);
  pid_t pid = 0;
  const int failure = ::posix_spawn(&pid, "/bin/sh", &actions, &attributes, words.data(),
                                    environment.empty() ? environ : variables.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return std::unexpected(failure);
  return pid;
}

}  // namespace serialtcp::io
