// The pthreads of mingw-w64. There are no signals that a thread could take.
#include <memory>
#include <utility>

#include "os/thread.h"

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
  pthread_t thread{};
  const bool started = ::pthread_create(&thread, &attributes, run_thread, owned.get()) == 0;
  ::pthread_attr_destroy(&attributes);
  if (!started) return std::nullopt;
  static_cast<void>(owned.release());
  return thread;
}

}  // namespace serialtcp::io
