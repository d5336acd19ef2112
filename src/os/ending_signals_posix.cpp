// SIGHUP is that of a terminal that is gone.
#include <array>
#include <csignal>

#include "os/ending_signals.h"

namespace serialtcp::io {

std::span<const int> ending_signals() {
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
  return kSignals;
}

}  // namespace serialtcp::io
