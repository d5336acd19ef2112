// Descriptors, signals, getrlimit(2).
#include "cli/process_start.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "net/passed_sockets.h"

namespace serialtcp::cli {

namespace {

/// If one of them were closed, the next file to be opened, such as the serial port, would become standard
/// error.
void occupy_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
  }
}

/// Each connection takes a descriptor.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void prepare_process() {
  occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a log file that reaches ulimit -f must not end the program
}

std::vector<std::string> own_arguments(int argc, char** argv) {
  return {argv, argv + argc};
}

void prepare_to_run() {
  io::PassedSockets::of_this_process();
  raise_descriptor_limit();
}

}  // namespace serialtcp::cli
