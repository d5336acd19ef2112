// SO_RCVBUF, TCP_WINDOW_CLAMP, TCP_MAXSEG, TCP_QUICKACK: tcp(7), socket(7).
#include "net/receive_window.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace serialtcp::io {

namespace {

// From <asm-generic/socket.h>, since Linux 5.14; older kernels refuse it, and windows then stay below 64 kB.
constexpr int kBufferLock = 72;
constexpr int kReceiveLock = 2;
/// The scale of the window is fixed when the connection begins, by the maximum that the window could have.
constexpr int kMostWindow = 512 * 1024;
/// Segments as on Ethernet, also on the loopback device, where they would have 64 kB: the kernel of a sender
/// accepts at least ten of them. They are slightly shorter, so that its buffer for each has 2 kB.
constexpr std::size_t kSegment = 1380;

void set_option(int fd, int level, int name, int value) {
  // A socket that is broken reports that when it is read.
  ::setsockopt(fd, level, name, &value, sizeof value);
}

std::size_t first_window(double rate) {
  return static_cast<std::size_t>(
      std::max(rate * ReceiveWindow::kFirstSeconds - ReceiveWindow::kFirstLess, ReceiveWindow::kFirstLeast));
}

}  // namespace

void ReceiveWindow::prepare(int fd, std::uint64_t rate) {
  const std::size_t first = std::min(first_window(static_cast<double>(rate)), kMostFitted);
  set_option(fd, IPPROTO_TCP, TCP_MAXSEG, static_cast<int>(kSegment));
  set_option(fd, SOL_SOCKET, SO_RCVBUF, static_cast<int>(first));
  // Not as a size that the user has fixed: that would fix the scale, too.
  set_option(fd, SOL_SOCKET, kBufferLock, 0);
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, kMostWindow);
}

void ReceiveWindow::begin(StreamSocket& socket, std::uint64_t rate, Time now) {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  tcp_ = ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
         protocol == IPPROTO_TCP;
  since_ = now;
  rate_ = static_cast<double>(rate);
  first_ = first_window(rate_);
  if (tcp_) set(socket, first_);
}

/// Quick acknowledgements make a sender with BBR believe that the line is as fast as the network.
void ReceiveWindow::delay_acknowledgements(StreamSocket& socket) const {
  if (was_full_ && size_ != 0) set_option(socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, 0);
}

bool ReceiveWindow::holds(std::size_t unread) const {
  const double segment = static_cast<double>(kSegment) / std::max(rate_, 1.0);
  return was_full_ && size_ != 0 && unread > kSegment && segment > to_seconds(kSlowSegment);
}

void ReceiveWindow::set(StreamSocket& socket, std::size_t size) {
  const int fd = socket.native_handle();
  if (size > kMostFitted) {
    size_ = 0;
    set_option(fd, SOL_SOCKET, kBufferLock, 0);
    set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, kMostWindow);
    return;
  }
  size_ = std::max(size, kLeast);
  // The kernel doubles it: half of it is for its own structures.
  set_option(fd, SOL_SOCKET, SO_RCVBUF, static_cast<int>(size_));
  set_option(fd, SOL_SOCKET, kBufferLock, kReceiveLock);
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, static_cast<int>(size_));
}

void ReceiveWindow::read(StreamSocket& socket, std::size_t count, Stream stream, std::uint64_t line,
                         Time now) {
  if (!tcp_) return;
  count_ += count;
  if (stream == Stream::is_full) {
    // What it accepted before is not a measure of the line.
    if (now - full_at_ >= kRestAfter || !was_full_) start_over(now);
    was_full_ = true;
    full_at_ = now;
  }
  delay_acknowledgements(socket);
  if (was_full_) {
    if (now - full_at_ < kRestAfter) return measure(socket, static_cast<double>(line), now);
    was_full_ = false;
    if (size_ != 0 && size_ < first_) set(socket, first_);
  }
}

void ReceiveWindow::start_over(Time now) {
  count_ = 0;
  since_ = now;
}

void ReceiveWindow::measure(StreamSocket& socket, double line, Time now) {
  const Duration elapsed = now - since_;
  if (elapsed < kGrowAfter) return;
  rate_ = std::min(static_cast<double>(count_) / to_seconds(elapsed), line);
  const auto wanted = static_cast<std::size_t>(rate_ * kShare);
  const std::size_t current = size_ == 0 ? 2 * kMostFitted : size_;
  const bool grows = size_ != 0 && wanted > current + current / 4;
  if (!grows && elapsed < kShrinkAfter) return;
  start_over(now);
  // There must be space for what the peer is already permitted to send, so it is reduced at most to half.
  if (grows || wanted < current / 2) set(socket, std::max(wanted, current / 2));
}

}  // namespace serialtcp::io
