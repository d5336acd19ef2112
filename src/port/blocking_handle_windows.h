// BlockingHandle: a handle that cannot be read or written without blocking, as what a program is given as its standard input and
// output, as a stream that completes: a thread does the waiting. For CompletionStream, and for one of both directions.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "os/asio.h"
#include "os/windows.h"

namespace serialtcp::io {

class BlockingHandle {
 public:
  using Done = std::move_only_function<void(ErrorCode, std::size_t)>;

  /// How bytes get through the handle, on the thread: returns how many, at least one, or an error; of an input that has ended,
  /// asio::error::eof. Has to return soon after `cancelled` (an event of Windows) is set, or else after
  /// CancelSynchronousIo().
  using Move = std::function<std::size_t(HANDLE cancelled, std::byte* bytes, std::size_t size, ErrorCode&)>;

  /// How long close() tries to end the thread. One that does not end is left alone, and ends with the process.
  static constexpr int kPatienceMilliseconds = 100;

  BlockingHandle(asio::io_context& context, Move move);
  ~BlockingHandle();
  BlockingHandle(BlockingHandle&&) noexcept;
  BlockingHandle& operator=(BlockingHandle&&) noexcept;

  /// One at a time.
  template <typename Handler>
  void async_read_some(const asio::mutable_buffer& into, Handler handler) {
    begin(static_cast<std::byte*>(into.data()), into.size(), std::move(handler));
  }
  template <typename Buffer, typename Handler>
  void async_write_some(const Buffer& from, Handler handler) {
    const asio::const_buffer bytes(from);
    begin(const_cast<std::byte*>(static_cast<const std::byte*>(bytes.data())), bytes.size(),
          std::move(handler));
  }
  /// What is under way ends, or is forgotten; its handler is not called. The handle is not closed: it is not owned.
  void close(ErrorCode& error);

 private:
  struct Shared;

  void begin(std::byte* bytes, std::size_t size, Done done);
  static void work(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
};

/// ReadFile() and WriteFile() of a handle that is open as long as it is used.
BlockingHandle::Move reads_of(HANDLE handle);
BlockingHandle::Move writes_of(HANDLE handle);

}  // namespace serialtcp::io
