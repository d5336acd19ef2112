// SIGTSTP and SIGCONT, of job control.
#include <array>
#include <csignal>

#include "console/console_signals.h"

namespace serialtcp::console {

std::span<const int> job_signals() {
  static constexpr std::array kSignals = {SIGTSTP, SIGCONT};
  return kSignals;
}

bool is_stop_signal(int signal) {
  return signal == SIGTSTP;
}

bool is_go_on_signal(int signal) {
  return signal == SIGCONT;
}

void stop_process() {
  std::raise(SIGSTOP);
}

}  // namespace serialtcp::console
