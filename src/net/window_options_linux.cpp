// SO_RCVBUF, TCP_WINDOW_CLAMP, TCP_MAXSEG, TCP_QUICKACK: tcp(7), socket(7).
#include "net/window_options.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <string_view>

#include "net/receive_window.h"

namespace serialtcp::io {

namespace {

// From <asm-generic/socket.h>, since Linux 5.14; older kernels refuse it, and windows then stay below 64 kB.
constexpr int kBufferLock = 72;
constexpr int kReceiveLock = 2;
/// The scale of the window is fixed when the connection begins, by the maximum that the window could have.
constexpr int kMostWindow = 512 * 1024;
/// Segments as on Ethernet, also on the loopback device, where they would have 64 kB: the kernel of a sender
/// accepts at least ten of them. They are slightly shorter, so that its buffer for each has 2 kB. 12 bytes of it are
/// timestamps.
constexpr std::size_t kMaximumSegment = ReceiveWindow::kLeast + 12;

void set_option(int fd, int level, int name, int value) {
  // A socket that is broken reports that when it is read.
  ::setsockopt(fd, level, name, &value, sizeof value);
}

}  // namespace

bool is_tcp(SocketHandle handle) {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  return ::getsockopt(handle, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_TCP;
}

/// What is the default here is probably the default there, and is there if it is this
/// machine.
bool may_send_by_bbr(SocketHandle handle) {
  std::array<char, 16> name{};  // TCP_CA_NAME_MAX
  socklen_t size = name.size() - 1;
  return ::getsockopt(handle, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size) == 0 &&
         std::string_view(name.data()).starts_with("bbr");
}

void prepare_window(SocketHandle handle, std::size_t first) {
  set_option(handle, IPPROTO_TCP, TCP_MAXSEG, static_cast<int>(kMaximumSegment));
  set_receive_buffer(handle, first);
  // Not as a size that the user has fixed: that would fix the scale, too.
  free_window(handle);
}

void fix_window(SocketHandle handle, std::size_t window, std::size_t buffer) {
  // The kernel doubles it: half of it is for its own structures.
  set_receive_buffer(handle, buffer);
  set_option(handle, SOL_SOCKET, kBufferLock, kReceiveLock);
  set_option(handle, IPPROTO_TCP, TCP_WINDOW_CLAMP, static_cast<int>(window));
}

void free_window(SocketHandle handle) {
  set_option(handle, SOL_SOCKET, kBufferLock, 0);
  set_option(handle, IPPROTO_TCP, TCP_WINDOW_CLAMP, kMostWindow);
}

void set_receive_buffer(SocketHandle handle, std::size_t buffer) {
  set_option(handle, SOL_SOCKET, SO_RCVBUF, static_cast<int>(buffer));
}

void delay_acknowledgements(SocketHandle handle) {
  set_option(handle, IPPROTO_TCP, TCP_QUICKACK, 0);
}

}  // namespace serialtcp::io
