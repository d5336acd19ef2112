#include "port/blocking_handle_windows.h"

#include <boost/asio/executor_work_guard.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "os/thread.h"

namespace serialtcp::io {

namespace {

constexpr std::size_t kReaderStack = 64 * 1024;

ErrorCode read_error_of(DWORD error) {
  return {static_cast<int>(error), boost::system::system_category()};
}

/// Whether the other side has closed a pipe.
bool is_end(DWORD error) {
  return error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF || error == ERROR_PIPE_NOT_CONNECTED;
}

}  // namespace

/// What the thread and its owner both use.
struct BlockingHandle::Shared {
  Shared(asio::io_context& loop, Move way)
      : context(&loop), move(std::move(way)), cancelled(::CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}
  ~Shared() {
    if (cancelled != nullptr) ::CloseHandle(cancelled);
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  struct Task {
    std::byte* bytes;
    std::size_t size;
    Done done;
  };

  std::mutex mutex;
  std::condition_variable changed;
  asio::io_context* context;  ///< null once it is closed
  /// While a task is there or under way: the loop has something to wait for.
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> busy;
  Move move;
  HANDLE cancelled;
  HANDLE thread = nullptr;  ///< for CancelSynchronousIo()
  bool started = false;
  bool ended = false;        ///< the thread
  std::optional<Task> task;  ///< to be begun
};

BlockingHandle::BlockingHandle(asio::io_context& context, Move move)
    : shared_(std::make_shared<Shared>(context, std::move(move))) {}

BlockingHandle::~BlockingHandle() {
  ErrorCode ignored;
  close(ignored);
}

BlockingHandle::BlockingHandle(BlockingHandle&&) noexcept = default;
BlockingHandle& BlockingHandle::operator=(BlockingHandle&&) noexcept = default;

void BlockingHandle::begin(std::byte* bytes, std::size_t size, Done done) {
  const std::lock_guard lock(shared_->mutex);
  if (!std::exchange(shared_->started, true)) {
    const auto thread = start_thread([shared = shared_] { work(shared); }, kReaderStack);
    if (!thread) {
      shared_->ended = true;
      asio::post(*shared_->context, [done = std::move(done)]() mutable { done(asio::error::no_memory, 0); });
      return;
    }
    ::pthread_detach(*thread);
  }
  shared_->task.emplace(bytes, size, std::move(done));
  shared_->busy.emplace(asio::make_work_guard(*shared_->context));
  shared_->changed.notify_all();
}

void BlockingHandle::close(ErrorCode& error) {
  error = {};
  if (!shared_) return;
  Shared& shared = *shared_;
  std::optional<Shared::Task> forgotten;  // destroyed when nothing is locked
  std::unique_lock lock(shared.mutex);
  if (std::exchange(shared.context, nullptr) == nullptr) return;
  std::swap(forgotten, shared.task);
  shared.busy.reset();
  ::SetEvent(shared.cancelled);
  shared.changed.notify_all();
  // It has no effect on a thread that has not begun to wait yet.
  for (int tries = 0; shared.started && !shared.ended && tries < kPatienceMilliseconds; ++tries) {
    if (shared.thread != nullptr) ::CancelSynchronousIo(shared.thread);
    shared.changed.wait_for(lock, std::chrono::milliseconds(1));
  }
}

void BlockingHandle::work(const std::shared_ptr<Shared>& shared) {
  HANDLE self = nullptr;
  ::DuplicateHandle(::GetCurrentProcess(), ::GetCurrentThread(), ::GetCurrentProcess(), &self, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
  std::unique_lock lock(shared->mutex);
  shared->thread = self;
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->task || shared->context == nullptr; });
    if (shared->context == nullptr) break;
    Shared::Task task = std::move(*shared->task);
    shared->task.reset();
    lock.unlock();
    ErrorCode error;
    const std::size_t count = shared->move(shared->cancelled, task.bytes, task.size, error);
    lock.lock();
    if (shared->context != nullptr) {
      asio::post(*shared->context,
                 [done = std::move(task.done), error, count]() mutable { done(error, count); });
      shared->busy.reset();
      continue;
    }
    lock.unlock();
    task.done = nullptr;  // which may be the last to know the stream, whose end takes the lock
    lock.lock();
  }
  shared->ended = true;
  shared->thread = nullptr;
  if (self != nullptr) ::CloseHandle(self);
  shared->changed.notify_all();
}

BlockingHandle::Move reads_of(HANDLE handle) {
  const bool is_pipe = ::GetFileType(handle) == FILE_TYPE_PIPE;
  return [handle, is_pipe](HANDLE, std::byte* bytes, std::size_t size, ErrorCode& error) -> std::size_t {
    DWORD count = 0;
    do {
      if (::ReadFile(handle, bytes, static_cast<DWORD>(size), &count, nullptr) == 0) {
        const DWORD code = ::GetLastError();
        error = is_end(code) ? ErrorCode(asio::error::eof) : read_error_of(code);
        return 0;
      }
    } while (count == 0 && is_pipe);  // somebody has written nothing, which is not the end
    if (count == 0) error = asio::error::eof;
    return count;
  };
}

BlockingHandle::Move writes_of(HANDLE handle) {
  return [handle](HANDLE, std::byte* bytes, std::size_t size, ErrorCode& error) -> std::size_t {
    DWORD count = 0;
    if (::WriteFile(handle, bytes, static_cast<DWORD>(size), &count, nullptr) == 0)
      error = read_error_of(::GetLastError());
    return count;
  };
}

}  // namespace serialtcp::io
