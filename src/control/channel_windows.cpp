// A named pipe in overlapped mode: a read is always under way, so its event tells that something has come.
#include "control/channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "control/place.h"
#include "os/error_text.h"
#include "os/last_error_windows.h"
#include "os/wide_text_windows.h"
#include "os/windows.h"

namespace serialtcp::control {

namespace {

constexpr std::size_t kChannelBuffer = 64UL * 1024;
/// A pipe whose instances are all in use is asked for again, so often.
constexpr int kMostAttempts = 5;
constexpr DWORD kBusyMilliseconds = 1000;

/// One read or write that is under way.
class Operation {
 public:
  Operation() { overlapped_.hEvent = ::CreateEventW(nullptr, TRUE, FALSE, nullptr); }
  ~Operation() { ::CloseHandle(overlapped_.hEvent); }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  OVERLAPPED* get() { return &overlapped_; }
  bool wait(std::chrono::milliseconds most) {
    return ::WaitForSingleObject(overlapped_.hEvent, static_cast<DWORD>(most.count())) == WAIT_OBJECT_0;
  }
  /// Of one that has ended. A message that did not fit goes on in the next read.
  std::expected<std::size_t, int> result(HANDLE pipe) {
    DWORD count = 0;
    if (::GetOverlappedResult(pipe, &overlapped_, &count, TRUE) != 0) return count;
    const DWORD error = ::GetLastError();
    if (error == ERROR_MORE_DATA) return count;
    if (error == ERROR_BROKEN_PIPE || error == ERROR_PIPE_NOT_CONNECTED) return std::size_t{0};
    return std::unexpected(io::errno_of(error));
  }

 private:
  OVERLAPPED overlapped_{};
};

class PipeChannel final : public Channel {
 public:
  explicit PipeChannel(HANDLE pipe) : pipe_(pipe) { start_read(); }
  ~PipeChannel() override {
    if (pipe_ == INVALID_HANDLE_VALUE) return;
    cancel_read();
    ::CloseHandle(pipe_);
  }

  /// A request is short, and the pipe has room for it, or its process is stuck.
  std::expected<std::size_t, int> send(std::string_view bytes) override {
    Operation write;
    const bool done =
        ::WriteFile(pipe_, bytes.data(), static_cast<DWORD>(bytes.size()), nullptr, write.get()) != 0;
    if (!done && ::GetLastError() != ERROR_IO_PENDING) return std::unexpected(io::last_errno());
    if (!done && !write.wait(kPatience)) {
      ::CancelIoEx(pipe_, write.get());
      static_cast<void>(write.result(pipe_));
      return std::unexpected(ETIMEDOUT);
    }
    return write.result(pipe_);
  }

  std::expected<std::size_t, int> receive(std::span<char> into) override {
    if (taken_ == size_) {
      if (over_) return std::size_t{0};
      if (!read_.wait(std::chrono::milliseconds(0))) return std::unexpected(EAGAIN);
      const auto count = finish_read();
      if (!count) return std::unexpected(count.error());
      if (*count == 0) {
        over_ = true;
        return std::size_t{0};
      }
    }
    const std::size_t count = std::min(into.size(), size_ - taken_);
    std::memcpy(into.data(), buffer_.data() + taken_, count);
    taken_ += count;
    if (taken_ == size_) start_read();
    return count;
  }

  bool wait_readable(std::chrono::milliseconds most) override { return taken_ < size_ || read_.wait(most); }
  bool wait_writable(std::chrono::milliseconds) override { return true; }
  io::NativeHandle handle() const override { return reinterpret_cast<io::NativeHandle>(pipe_); }

  io::NativeHandle release(std::string& received) override {
    if (!over_ && taken_ == size_) cancel_read();
    received.append(buffer_.data() + taken_, size_ - taken_);
    return reinterpret_cast<io::NativeHandle>(std::exchange(pipe_, INVALID_HANDLE_VALUE));
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{5000};

  void start_read() {
    size_ = taken_ = 0;
    const auto size = static_cast<DWORD>(buffer_.size());
    const bool pending = ::ReadFile(pipe_, buffer_.data(), size, nullptr, read_.get()) != 0 ||
                         ::GetLastError() == ERROR_IO_PENDING || ::GetLastError() == ERROR_MORE_DATA;
    if (!pending) over_ = true;
  }

  std::expected<std::size_t, int> finish_read() {
    auto count = read_.result(pipe_);
    if (count) size_ = *count;
    return count;
  }

  void cancel_read() {
    if (over_) return;
    ::CancelIoEx(pipe_, read_.get());
    static_cast<void>(finish_read());
  }

  HANDLE pipe_;
  Operation read_;
  std::array<char, kChannelBuffer> buffer_{};
  std::size_t size_ = 0;   ///< bytes in the buffer
  std::size_t taken_ = 0;  ///< of these
  bool over_ = false;      ///< nothing more comes
};

/// Another program may have made a pipe of this name for somebody who asks for a process.
bool is_of_its_process(HANDLE pipe, const std::string& path) {
  ULONG process = 0;
  const auto wanted = process_at(path);
  return !wanted || (::GetNamedPipeServerProcessId(pipe, &process) != 0 && process == *wanted);
}

std::unexpected<Failure> failure(const std::string& path, DWORD error) {
  using enum Failure::Kind;
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
      return std::unexpected(Failure{nobody, fmt::format("no serialtcp process listens at {}", path)});
    case ERROR_ACCESS_DENIED:
      return std::unexpected(Failure{
          no_permission, fmt::format("{}: the process is another user's, and you have no permission: ask "
                                     "as that user, or as administrator",
                                     path)});
    case ERROR_PIPE_BUSY:
      return std::unexpected(
          Failure{no_answer, fmt::format("no answer from {}: too many clients are waiting", path)});
    default:
      return std::unexpected(Failure{
          no_answer, fmt::format("no answer from {}: {}", path, io::plain_text(io::errno_of(error)))});
  }
}

}  // namespace

std::expected<std::unique_ptr<Channel>, Failure> open_channel(const std::string& path) {
  const std::wstring name = io::wide_text(path);
  HANDLE pipe = INVALID_HANDLE_VALUE;
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    // The process may find out who asks, and no more.
    constexpr DWORD kFlags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
    pipe =
        ::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, kFlags, nullptr);
    if (pipe != INVALID_HANDLE_VALUE || ::GetLastError() != ERROR_PIPE_BUSY) break;
    ::WaitNamedPipeW(name.c_str(), kBusyMilliseconds);
    ::SetLastError(ERROR_PIPE_BUSY);
  }
  if (pipe == INVALID_HANDLE_VALUE) return failure(path, ::GetLastError());
  DWORD mode = PIPE_READMODE_MESSAGE;
  const bool good = ::SetNamedPipeHandleState(pipe, &mode, nullptr, nullptr) != 0;
  if (!good || !is_of_its_process(pipe, path)) {
    ::CloseHandle(pipe);
    return failure(path, ERROR_FILE_NOT_FOUND);
  }
  return std::make_unique<PipeChannel>(pipe);
}

}  // namespace serialtcp::control
