// SIO_KEEPALIVE_VALS, which always has ten probes; SIO_TCP_SET_ACK_FREQUENCY.
#include "net/tcp_options.h"

#include <mstcpip.h>

namespace serialtcp::io {

namespace {

constexpr int kWindowsProbes = 10;

void set(StreamSocket& socket, int level, int name, int value) {
  // A socket that is already broken reports that when it is read.
  ::setsockopt(socket.native_handle(), level, name, reinterpret_cast<const char*>(&value), sizeof value);
}

/// A peer that has vanished is noticed after idle + probes * interval, as elsewhere.
void keep_alive(StreamSocket& socket, int idle, int interval, int probes) {
  constexpr int kMilliseconds = 1000;
  tcp_keepalive values{
      .onoff = 1,
      .keepalivetime = static_cast<ULONG>(idle * kMilliseconds),
      .keepaliveinterval = static_cast<ULONG>(interval * probes * kMilliseconds / kWindowsProbes)};
  DWORD size = 0;
  ::WSAIoctl(socket.native_handle(), SIO_KEEPALIVE_VALS, &values, sizeof values, nullptr, 0, &size, nullptr,
             nullptr);
}

}  // namespace

void set_user_options(StreamSocket& socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  // An urgent byte is an ordinary byte of the stream; without this option it would be missing.
  set(socket, SOL_SOCKET, SO_OOBINLINE, 1);
  keep_alive(socket, kKeepAliveIdleSeconds, kKeepAliveIntervalSeconds, kKeepAliveProbes);
}

void set_line_options(StreamSocket& socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, SOL_SOCKET, SO_SNDBUF, kLineSendBuffer);
  set(socket, SOL_SOCKET, SO_RCVBUF, kLineReceiveBuffer);
  keep_alive(socket, kLineKeepAliveIdleSeconds, kLineKeepAliveIntervalSeconds, kLineKeepAliveProbes);
  // Each segment is acknowledged at once.
  constexpr DWORD kEach = 1;
  DWORD frequency = kEach;
  DWORD size = 0;
  ::WSAIoctl(socket.native_handle(), SIO_TCP_SET_ACK_FREQUENCY, &frequency, sizeof frequency, nullptr, 0,
             &size, nullptr, nullptr);
}

/// By set_line_options(), once for all.
void acknowledge_now(SocketHandle) {}

/// Windows itself resets a connection whose peer acknowledges nothing, after some tens of seconds.
Acknowledged acknowledged(StreamSocket&) {
  return {};
}

Acknowledged acknowledged(SocketHandle) {
  return {};
}

}  // namespace serialtcp::io
