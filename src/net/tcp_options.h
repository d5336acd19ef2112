// The options of TCP sockets for users' connections, and the kernel's information about the peer. Owns
// nothing.
#pragma once

#include "net/socket_handle.h"
#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// An idle peer that has vanished is noticed after 20 s + 8 * 5 s = 60 s. One answer to these probes is
/// enough, so 35 s of lost packets do no harm.
inline constexpr int kKeepAliveIdleSeconds = 20;
inline constexpr int kKeepAliveIntervalSeconds = 5;
inline constexpr int kKeepAliveProbes = 8;

/// The same of a serial server: 10 s + 3 * 3 s.
inline constexpr int kLineKeepAliveIdleSeconds = 10;
inline constexpr int kLineKeepAliveIntervalSeconds = 3;
inline constexpr int kLineKeepAliveProbes = 3;
/// Bytes. What waits in the kernel cannot be overtaken by a keystroke.
inline constexpr int kLineSendBuffer = 16 * 1024;
inline constexpr int kLineReceiveBuffer = 256 * 1024;

/// Sets no delay, keep-alive, and urgent bytes in the stream. No effect for other sockets.
void set_user_options(StreamSocket& socket);

/// For a connection that replaces a serial line: sets no delay, a short queue to it, and a large receive buffer. A serial
/// server that lost power is noticed in 10 s + 3 * 3 s, also while nothing is sent.
void set_line_options(StreamSocket& socket);

/// What has been read from such a connection is acknowledged at once. A server that does not set "no delay" waits for
/// that, with what it has received meanwhile: 40 ms, if the acknowledgement is delayed as usual. No effect for other
/// sockets.
void acknowledge_now(SocketHandle handle);

/// What the peer's kernel has acknowledged of the bytes that were written.
struct Acknowledged {
  bool all = true;
  /// Bytes were retransmitted, or the peer's window is probed, and no answer has arrived yet.
  bool asking = false;
  Duration last_heard = {};  ///< time since then
};
Acknowledged acknowledged(StreamSocket& socket);
Acknowledged acknowledged(SocketHandle handle);

}  // namespace serialtcp::io
