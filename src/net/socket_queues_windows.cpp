// FIONREAD, and SIO_TCP_INFO, which Windows has since version 1703 of 10.
#include "net/socket_queues.h"

namespace serialtcp::io {

namespace {

constexpr DWORD kTcpInfo = _WSAIORW(IOC_VENDOR, 39);

/// TCP_INFO_v0.
struct TcpInfo {
  DWORD state;
  ULONG mss;
  ULONG64 connection_time_ms;
  BOOLEAN timestamps_enabled;
  ULONG rtt_us;
  ULONG min_rtt_us;
  ULONG bytes_in_flight;
  ULONG cwnd;
  ULONG snd_wnd;
  ULONG rcv_wnd;
  ULONG rcv_buf;
  ULONG64 bytes_out;
  ULONG64 bytes_in;
  ULONG bytes_reordered;
  ULONG bytes_retrans;
  ULONG fast_retrans;
  ULONG dup_acks_in;
  ULONG timeout_episodes;
  UCHAR syn_retrans;
};

}  // namespace

std::size_t unsent_bytes(StreamSocket& socket) {
  return unsent_bytes(socket.native_handle());
}

/// What was sent and not acknowledged. What waits for room at the other side is not told.
std::size_t unsent_bytes(SocketHandle handle) {
  DWORD version = 0;
  TcpInfo info{};
  DWORD size = 0;
  if (::WSAIoctl(handle, kTcpInfo, &version, sizeof version, &info, sizeof info, &size, nullptr, nullptr) !=
      0)
    return 0;
  return info.bytes_in_flight;
}

std::size_t unread_bytes(StreamSocket& socket) {
  u_long count = 0;
  return ::ioctlsocket(socket.native_handle(), FIONREAD, &count) == 0 ? count : 0;
}

bool close_drops_unsent(StreamSocket&) {
  return true;
}

}  // namespace serialtcp::io
