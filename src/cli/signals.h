// The signals that end the program or have it read its file again are held back while it starts, so that none
// is lost, and none ends it before it can end in order.
#pragma once

#include <csignal>

namespace serialtcp::cli {

inline sigset_t signals_held_back() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGUSR1}) ::sigaddset(&signals, number);
  return signals;
}

/// They wait from now on.
inline void hold_signals_back() {
  const sigset_t signals = signals_held_back();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
}

/// Once they are handled: those that have waited come now.
inline void let_signals_come() {
  const sigset_t signals = signals_held_back();
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace serialtcp::cli
