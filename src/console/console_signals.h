// The signals by which a console is stopped, and goes on, where there is that.
#pragma once

#include <span>

namespace serialtcp::console {

/// Beside those that end it (os/ending_signals).
std::span<const int> job_signals();

/// What one of these means.
bool is_stop_signal(int signal);
bool is_go_on_signal(int signal);

/// Stops this process, as by kill -STOP, and returns when it goes on: after a signal that means this.
void stop_process();

}  // namespace serialtcp::console
