// Descriptor: one non-blocking file descriptor and its two waits, for the lines that consist of one. Owns the
// descriptor. A handler that is still queued when close() is called is not called any more.
#pragma once

#include <cstdint>

#include "os/asio.h"
#include "os/lifetime.h"
#include "port/line.h"

namespace serialtcp::io {

class Descriptor {
 public:
  explicit Descriptor(asio::io_context& context) : stream_(context) {}

  /// Takes over an open descriptor and makes it non-blocking. There must be none so far.
  void adopt(int fd);
  void close();

  bool is_open() const { return stream_.is_open(); }
  int fd() const { return stream_.native_handle(); }

  LineResult read(MutableByteView into);
  LineResult write(ByteView bytes);

  /// Bytes that were written and that the device or the peer does not have yet.
  std::size_t unsent() const;

  void when_readable(Line::Ready ready) { wait(asio::posix::stream_descriptor::wait_read, std::move(ready)); }
  void when_writable(Line::Ready ready) {
    wait(asio::posix::stream_descriptor::wait_write, std::move(ready));
  }
  /// POLLPRI: the master of a pty in packet mode has news. Also when its slave was closed.
  void when_urgent(Line::Ready ready) { wait(asio::posix::stream_descriptor::wait_error, std::move(ready)); }

 private:
  void wait(asio::posix::stream_descriptor::wait_type what, Line::Ready ready);

  mutable asio::posix::stream_descriptor stream_;  ///< mutable: native_handle() is not const
  std::uint64_t generation_ = 0;  ///< number of calls of close(): a handler from before is not passed on
  Lifetime lifetime_;
};

}  // namespace serialtcp::io
