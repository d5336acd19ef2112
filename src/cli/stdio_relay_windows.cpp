// Standard input can only be waited for, so a thread of its own reads it; the end of the process ends that thread. An empty message is
// the end of the input.
#include "cli/stdio_relay.h"

#include <array>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "os/standard_output_windows.h"
#include "os/thread.h"
#include "os/windows.h"

namespace serialtcp::cli {

namespace {

constexpr std::size_t kPiece = 16UL * 1024;
constexpr std::size_t kInputStack = 128UL * 1024;

/// One operation at a time, which is waited for.
class PipeEnd {
 public:
  explicit PipeEnd(HANDLE pipe) : pipe_(pipe) {
    overlapped_.hEvent = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  }
  ~PipeEnd() { ::CloseHandle(overlapped_.hEvent); }
  PipeEnd(const PipeEnd&) = delete;
  PipeEnd& operator=(const PipeEnd&) = delete;

  /// 0 at the end, however it comes.
  DWORD read(std::array<char, kPiece>& into) {
    ::ReadFile(pipe_, into.data(), static_cast<DWORD>(into.size()), nullptr, &overlapped_);
    DWORD count = 0;
    const bool good = ::GetOverlappedResult(pipe_, &overlapped_, &count, TRUE) != 0;
    return good || ::GetLastError() == ERROR_MORE_DATA ? count : 0;
  }
  bool write(std::string_view bytes) {
    do {
      DWORD count = 0;
      const auto size = static_cast<DWORD>(bytes.size());
      const bool begun = ::WriteFile(pipe_, bytes.data(), size, nullptr, &overlapped_) != 0 ||
                         ::GetLastError() == ERROR_IO_PENDING;
      if (!begun || ::GetOverlappedResult(pipe_, &overlapped_, &count, TRUE) == 0) return false;
      bytes.remove_prefix(count);
    } while (!bytes.empty());
    return true;
  }

 private:
  HANDLE pipe_;
  OVERLAPPED overlapped_{};
};

/// The pipe, which one thread writes to and another one closes.
struct Outlet {
  std::mutex mutex;
  HANDLE pipe = INVALID_HANDLE_VALUE;

  bool write(std::string_view bytes) {
    const std::lock_guard lock(mutex);
    return pipe != INVALID_HANDLE_VALUE && PipeEnd(pipe).write(bytes);
  }
  void close() {
    ::CancelIoEx(pipe, nullptr);  // a write that nobody reads
    const std::lock_guard lock(mutex);
    ::CloseHandle(std::exchange(pipe, INVALID_HANDLE_VALUE));
  }
};

void pass_input_on(Outlet& outlet) {
  std::array<char, kPiece> piece;
  for (;;) {
    DWORD count = 0;
    const HANDLE input = io::standard_handle(io::StandardStream::input);
    const bool got = ::ReadFile(input, piece.data(), static_cast<DWORD>(piece.size()), &count, nullptr) != 0;
    const std::string_view bytes(piece.data(), got ? count : 0);
    if (!outlet.write(bytes) || bytes.empty()) return;
  }
}

RelayEnd pass_output_on(HANDLE pipe, std::string_view first) {
  const HANDLE output = io::standard_handle(io::StandardStream::output);
  PipeEnd end(pipe);
  std::array<char, kPiece> piece;
  for (std::string_view bytes = first;;) {
    if (!bytes.empty() && !io::write_all(output, bytes)) return RelayEnd::output_lost;
    const DWORD count = end.read(piece);
    if (count == 0) return RelayEnd::closed;
    bytes = std::string_view(piece.data(), count);
  }
}

}  // namespace

RelayEnd relay_standard_streams(io::NativeHandle stream, std::string first) {
  const auto outlet = std::make_shared<Outlet>();
  outlet->pipe = reinterpret_cast<HANDLE>(stream);
  const auto input = io::start_thread([outlet] { pass_input_on(*outlet); }, kInputStack);
  if (input) ::pthread_detach(*input);
  const RelayEnd end = pass_output_on(outlet->pipe, first);
  outlet->close();
  return end;
}

}  // namespace serialtcp::cli
