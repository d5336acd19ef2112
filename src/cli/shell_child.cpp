#include "cli/shell_child.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "cli/running_processes.h"
#include "os/error_text.h"
#include "os/own_program.h"

namespace serialtcp::cli {

namespace {

/// What a shell says of a program that cannot be executed.
constexpr int kNotExecutable = 126;

}  // namespace

ShellChild::ShellChild(std::span<const std::string> words) {
  std::vector<char*> arguments;
  std::vector<std::string> all = {"serialtcp", "shell"};
  all.insert(all.end(), words.begin(), words.end());
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int program = io::open_own_program(STDERR_FILENO);
  std::array<int, 2> sockets{-1, -1};
  if (program < 0 || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    print_problem("cp", "cannot start: " + io::plain_text(program < 0 ? -program : errno));
    return;
  }
  const std::string path = io::path_of_descriptor(program);
  process_ = ::fork();
  if (process_ == 0) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(sockets[1], fd);
    ::execv(path.c_str(), arguments.data());
    ::_exit(kNotExecutable);
  }
  ::close(sockets[1]);
  ::close(program);
  socket_ = sockets[0];
}

ShellChild::~ShellChild() {
  wait();
}

int ShellChild::wait() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  if (process_ <= 0) return status_;
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  if (WIFEXITED(status)) status_ = WEXITSTATUS(status);
  return status_;
}

}  // namespace serialtcp::cli
