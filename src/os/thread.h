// Threads, for calls that can only block. Everything else runs in the loop.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>
#include <optional>

namespace serialtcp::io {

/// Runs `work` on a thread of its own, with `stack` bytes of stack, of which those that are not used cost only address space.
/// All signals are blocked in it. The caller joins or detaches it. Empty if none can be created.
std::optional<pthread_t> start_thread(std::move_only_function<void()> work, std::size_t stack);

}  // namespace serialtcp::io
