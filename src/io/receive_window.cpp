// SO_RCVBUF, TCP_WINDOW_CLAMP, TCP_MAXSEG, TCP_QUICKACK: tcp(7), socket(7).
#include "io/receive_window.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace serialtcp::io {

namespace {

// Of <asm-generic/socket.h>, since Linux 5.14; older kernels refuse it, and windows then stay below 64 kB.
constexpr int kBufferLock = 72;
constexpr int kReceiveLock = 2;
/// The scale of the window is fixed by what it could become when the connection begins.
constexpr int kMostWindow = 512 * 1024;
/// Segments as on Ethernet, also on the loopback device, where they would have 64 kB: a sender's kernel takes at
/// least ten of them. A little shorter, so that its buffer for each has 2 kB.
constexpr int kSegment = 1380;

void set_option(int fd, int level, int name, int value) {
  // A socket that is broken says so when it is read.
  ::setsockopt(fd, level, name, &value, sizeof value);
}

}  // namespace

void ReceiveWindow::prepare(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_MAXSEG, kSegment);
  set_option(fd, SOL_SOCKET, SO_RCVBUF, kLeast);
  // Not as what the user has fixed: that would fix the scale, too.
  set_option(fd, SOL_SOCKET, kBufferLock, 0);
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, kMostWindow);
}

void ReceiveWindow::begin(StreamSocket& socket, std::uint64_t rate, Time now) {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  tcp_ = ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
         protocol == IPPROTO_TCP;
  since_ = now;
  if (tcp_) set(socket, static_cast<std::size_t>(static_cast<double>(rate) * kShare));
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

void ReceiveWindow::pace(double rate) {
  const double seconds = static_cast<double>(kPause.count()) / 1e9;
  most_ = std::max<std::size_t>(static_cast<std::size_t>(rate * kHaste * seconds), 64);
}

void ReceiveWindow::read(StreamSocket& socket, std::size_t count, Stream stream, std::uint64_t line,
                         Time now) {
  if (!tcp_) return;
  // Acknowledgements at once make a sender with BBR believe that the line is as fast as the network.
  if (size_ != 0) set_option(socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, 0);
  if (stream == Stream::is_full && !std::exchange(was_full_, true)) {
    count_ = 0;
    since_ = now;
    pace(static_cast<double>(line));
    return;
  }
  count_ += count;
  const Duration elapsed = now - since_;
  if (elapsed < kGrowAfter) return;
  const double seconds = static_cast<double>(elapsed.count()) / 1e9;
  const double own = static_cast<double>(count_) / seconds;
  const auto wanted = static_cast<std::size_t>(std::min(own, static_cast<double>(line)) * kShare);
  // What is packed goes faster than the line.
  pace(std::max(own, static_cast<double>(line)));
  const std::size_t current = size_ == 0 ? 2 * kMostFitted : size_;
  const bool grows = size_ != 0 && wanted > current + current / 4;
  if (!grows && elapsed < kShrinkAfter) return;
  count_ = 0;
  since_ = now;
  // What the peer was told that it may send has to find room: so to the half at most.
  if (grows || wanted < current / 2) set(socket, std::max(wanted, current / 2));
}

}  // namespace serialtcp::io
