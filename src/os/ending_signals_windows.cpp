// What the C library of Windows makes of its events: SIGINT of Ctrl-C, SIGBREAK of Ctrl-Break and of a window that is closed.
#include <array>
#include <csignal>

#include "os/ending_signals.h"

namespace serialtcp::io {

std::span<const int> ending_signals() {
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGBREAK};
  return kSignals;
}

}  // namespace serialtcp::io
