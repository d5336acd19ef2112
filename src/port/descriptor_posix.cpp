// Plain read() and write(): Asio's own functions would only add a copy of their error handling.
#include "port/descriptor_posix.h"

#include <unistd.h>

#include <cerrno>

#include "base/check.h"
#include "net/socket_queues.h"
#include "port/port_text_posix.h"

namespace serialtcp::io {

void Descriptor::adopt(int fd) {
  CHECK(!stream_.is_open());
  stream_.assign(fd);
  stream_.non_blocking(true);
}

void Descriptor::close() {
  ++generation_;
  ErrorCode ignored;
  stream_.close(ignored);
}

LineResult Descriptor::read(MutableByteView into) {
  for (;;) {
    const ssize_t got = ::read(fd(), into.data(), into.size());
    if (got > 0) return {LineStatus::ok, static_cast<std::size_t>(got)};
    // A serial port is set to return at least one byte, so 0 means the end here, never "nothing yet".
    if (got == 0) return {LineStatus::gone, 0, "it was unplugged or closed at the far end"};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {LineStatus::would_block};
    if (errno != EINTR) return {LineStatus::gone, 0, line_lost_text(errno)};
  }
}

LineResult Descriptor::write(ByteView bytes) {
  for (;;) {
    const ssize_t put = ::write(fd(), bytes.data(), bytes.size());
    if (put > 0) return {LineStatus::ok, static_cast<std::size_t>(put)};
    // Some drivers return 0 when their queue is full.
    if (put == 0 || errno == EAGAIN || errno == EWOULDBLOCK) return {LineStatus::would_block};
    if (errno != EINTR) return {LineStatus::gone, 0, line_lost_text(errno)};
  }
}

std::size_t Descriptor::unsent() const {
  return is_open() ? unsent_bytes(fd()) : 0;
}

void Descriptor::wait(asio::posix::stream_descriptor::wait_type what, Line::Ready ready) {
  stream_.async_wait(what, lifetime_.guard([this, generation = generation_,
                                            ready = std::move(ready)](ErrorCode error) mutable {
    if (error == asio::error::operation_aborted || generation != generation_) return;
    ready();  // also for any other error: read() or write() will report it
  }));
}

}  // namespace serialtcp::io
