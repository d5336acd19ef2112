// The signals that end the program or reload its configuration are blocked while it starts, so that none is
// lost, and none ends it before it can end in order.
#pragma once

#include <csignal>

namespace serialtcp::cli {

inline sigset_t signals_held_back() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGUSR1}) ::sigaddset(&signals, number);
  return signals;
}

/// Blocks them.
inline void hold_signals_back() {
  const sigset_t signals = signals_held_back();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
}

/// To be called when they are handled: those that are pending are delivered now.
inline void let_signals_come() {
  const sigset_t signals = signals_held_back();
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace serialtcp::cli
