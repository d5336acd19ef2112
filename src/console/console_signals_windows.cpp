// A program of Windows is not stopped from its console.
#include "console/console_signals.h"

namespace serialtcp::console {

std::span<const int> job_signals() {
  return {};
}

bool is_stop_signal(int) {
  return false;
}

bool is_go_on_signal(int) {
  return false;
}

void stop_process() {}

}  // namespace serialtcp::console
