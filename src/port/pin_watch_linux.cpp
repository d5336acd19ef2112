// TIOCMIWAIT: see ioctl_tty(2). It ends by a change, by a signal or with the device; closing the descriptor does not end it.
#include "port/pin_watch.h"

#include <pthread.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>
#include <utility>

#include "os/thread.h"

namespace serialtcp::io {

namespace {

/// The thread calls nothing but the driver.
constexpr std::size_t kPinStack = 128 * 1024;
/// A signal that comes between two waits ends neither, so it is sent again.
constexpr std::int64_t kSignalAgain = 1'000'000;  // nanoseconds
/// Without a handler it is ignored, so it harms no program that this one starts, and nobody else uses it here.
constexpr int kSignal = SIGURG;

/// Without SA_RESTART, so that system calls end.
void install_handler() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(kSignal, &action, nullptr);
}

timespec soon() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  time.tv_nsec += kSignalAgain;
  if (time.tv_nsec >= 1'000'000'000) {
    time.tv_nsec -= 1'000'000'000;
    ++time.tv_sec;
  }
  return time;
}

}  // namespace

/// What the thread and the loop have in common; it outlives both.
struct PinWatch::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  PinWatch* owner = nullptr;  ///< null: the thread is to end
  bool told = false;          ///< the loop is to say when to wait again
};

struct PinWatch::Thread {
  pthread_t id;
};

PinWatch::PinWatch(asio::io_context& context, Wait wait)
    : context_(context), wait_(std::move(wait)), pause_alarm_(context) {}

PinWatch::~PinWatch() {
  stop();
}

int PinWatch::system_wait(int fd) {
  return ::ioctl(fd, TIOCMIWAIT, TIOCM_CTS | TIOCM_DSR | TIOCM_RI | TIOCM_CD) == 0 ? 0 : errno;
}

// ---- The loop ----

void PinWatch::start(int fd, std::function<void()> changed) {
  if (state_ != State::idle) return;
  install_handler();
  state_ = State::watching;
  changed_ = std::move(changed);
  shared_ = std::make_shared<Shared>();
  shared_->owner = this;
  const auto thread =
      start_thread([shared = shared_, wait = wait_, fd] { run(shared, wait, fd); }, kPinStack);
  if (!thread) state_ = State::impossible;
  if (thread) thread_ = std::make_unique<Thread>(*thread);
}

void PinWatch::renew() {
  if (thread_) ::pthread_kill(thread_->id, kSignal);
}

void PinWatch::stop() {
  if (state_ == State::idle) return;
  pause_alarm_.cancel();
  state_ = State::idle;
  if (shared_) {
    const std::lock_guard lock(shared_->mutex);
    shared_->owner = nullptr;
    shared_->changed.notify_one();
  }
  shared_.reset();
  const auto thread = std::exchange(thread_, nullptr);
  if (!thread) return;
  for (auto left = kPatience; left > Duration{}; left -= std::chrono::nanoseconds(kSignalAgain)) {
    ::pthread_kill(thread->id, kSignal);
    const timespec until = soon();
    if (::pthread_timedjoin_np(thread->id, nullptr, &until) != ETIMEDOUT) return;
  }
  ::pthread_detach(thread->id);
}

/// The wait of the thread is over.
void PinWatch::returned(int error) {
  if (state_ != State::watching) return;
  const auto changed = changed_;
  if (error != 0) {
    state_ = State::impossible;
  } else {
    pause_alarm_.start(kPause, [this] { wait_again(); });
  }
  changed();
}

/// What changes before the thread waits is seen by the call after this.
void PinWatch::wait_again() {
  const auto changed = changed_;
  pause_alarm_.start(kPause, [changed] { changed(); });
  const std::lock_guard lock(shared_->mutex);
  shared_->told = false;
  shared_->changed.notify_one();
}

// ---- The thread ----

void PinWatch::run(const std::shared_ptr<Shared>& shared, const Wait& wait, int fd) {
  sigset_t own;
  ::sigemptyset(&own);
  ::sigaddset(&own, kSignal);
  ::pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  for (;;) {
    const int error = wait(fd);
    std::unique_lock lock(shared->mutex);
    if (shared->owner == nullptr) return;
    if (error == EINTR) continue;
    asio::post(shared->owner->context_, [shared, error] {
      // Only the thread of the loop changes it.
      if (PinWatch* const owner = shared->owner) owner->returned(error);
    });
    if (error != 0) return;
    shared->told = true;
    shared->changed.wait(lock, [&] { return !shared->told || shared->owner == nullptr; });
    if (shared->owner == nullptr) return;
  }
}

}  // namespace serialtcp::io
