// By pthreads, since std::thread has a stack of some megabytes, and throws.
#include "os/thread.h"

#include <csignal>
#include <memory>
#include <utility>

namespace serialtcp::io {

namespace {

using ThreadWork = std::move_only_function<void()>;

void* run_thread(void* work) {
  const std::unique_ptr<ThreadWork> owned(static_cast<ThreadWork*>(work));
  (*owned)();
  return nullptr;
}

}  // namespace

std::optional<pthread_t> start_thread(ThreadWork work, std::size_t stack) {
  auto owned = std::make_unique<ThreadWork>(std::move(work));
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return std::nullopt;
  ::pthread_attr_setstacksize(&attributes, stack);
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  const bool started = ::pthread_create(&thread, &attributes, run_thread, owned.get()) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  if (!started) return std::nullopt;
  static_cast<void>(owned.release());
  return thread;
}

}  // namespace serialtcp::io
