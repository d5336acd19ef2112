// A file is written at once. A console or a pipe may make a writer wait (its user has marked text in the window, a program does
// not read), and nothing says so beforehand: a thread writes there, and what it has not written yet is limited.
#include "os/line_sink.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "os/error_text.h"
#include "os/last_error_windows.h"
#include "os/standard_output_windows.h"
#include "os/thread.h"
#include "os/wide_text_windows.h"

namespace serialtcp::io {

namespace {

/// Bytes that a reader has not taken yet; then lines are dropped.
constexpr std::size_t kMostUnread = 64UL * 1024;
/// At the end, a reader that does not take the rest is given up after this time.
constexpr std::chrono::milliseconds kPatienceAtEnd{100};
constexpr std::size_t kWriterStack = 64UL * 1024;

class FileSink final : public LineSink {
 public:
  enum class Owner : std::uint8_t { system, sink };

  FileSink(HANDLE file, Owner owner) : file_(file), owner_(owner) {}
  ~FileSink() override {
    if (owner_ == Owner::sink) ::CloseHandle(file_);
  }

  std::expected<void, Failure> write(std::string_view line) override {
    DWORD put = 0;
    const bool good = ::WriteFile(file_, line.data(), static_cast<DWORD>(line.size()), &put, nullptr) != 0;
    if (good && put == line.size()) return {};
    return std::unexpected(Failure{good ? "there was no space left" : plain_text(last_errno()), put > 0});
  }

  bool wants_colours() const override { return false; }

 private:
  HANDLE file_;
  Owner owner_;
};

/// What the thread and the sink share: the thread may be stuck in a write when the sink ends.
struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;  ///< the first one is being written
  std::size_t size = 0;           ///< of all of them, in bytes
  bool over = false;
  int error = 0;  ///< of the last write; nothing more is tried after one
};

void write_lines(Queue& queue, HANDLE handle) {
  std::unique_lock lock(queue.mutex);
  for (;;) {
    queue.changed.wait(lock, [&queue] { return queue.over || !queue.lines.empty(); });
    if (queue.lines.empty()) return;
    const std::string line = queue.lines.front();
    lock.unlock();
    const int error = write_all(handle, line) ? 0 : last_errno();
    lock.lock();
    queue.error = error;
    queue.size -= line.size();
    queue.lines.pop_front();
    queue.changed.notify_all();
  }
}

class ThreadSink final : public LineSink {
 public:
  explicit ThreadSink(bool colours) : colours_(colours) {
    const auto thread = start_thread(
        [queue = queue_] { write_lines(*queue, standard_handle(StandardStream::error)); }, kWriterStack);
    if (thread) ::pthread_detach(*thread);
  }
  ~ThreadSink() override {
    std::unique_lock lock(queue_->mutex);
    queue_->changed.wait_for(lock, kPatienceAtEnd, [this] { return queue_->lines.empty(); });
    queue_->over = true;
    queue_->changed.notify_all();
  }

  std::expected<void, Failure> write(std::string_view line) override {
    const std::lock_guard lock(queue_->mutex);
    if (queue_->size + line.size() > kMostUnread) return std::unexpected(Failure{"the output was not read"});
    queue_->lines.emplace_back(line);
    queue_->size += line.size();
    queue_->changed.notify_all();
    if (queue_->error != 0) return std::unexpected(Failure{plain_text(queue_->error)});
    return {};
  }

  bool wants_colours() const override { return colours_; }

 private:
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  bool colours_;
};

}  // namespace

std::expected<std::shared_ptr<LineSink>, int> file_sink(const std::string& path) {
  // Others may read it meanwhile, rename and remove it.
  constexpr DWORD kShared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  const HANDLE file = ::CreateFileW(wide_text(path).c_str(), FILE_APPEND_DATA | SYNCHRONIZE, kShared, nullptr,
                                    OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) return std::unexpected(last_errno());
  return std::make_shared<FileSink>(file, FileSink::Owner::sink);
}

std::shared_ptr<LineSink> standard_error_sink() {
  const HANDLE handle = standard_handle(StandardStream::error);
  if (handle != nullptr && handle != INVALID_HANDLE_VALUE && ::GetFileType(handle) != FILE_TYPE_DISK)
    return std::make_shared<ThreadSink>(shows_colours(StandardStream::error));
  return std::make_shared<FileSink>(handle, FileSink::Owner::system);
}

}  // namespace serialtcp::io
