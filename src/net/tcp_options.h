// The options of the TCP sockets of users' connections, and what the kernel knows of the peer. Owns nothing.
#pragma once

#include "os/asio.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// An idle peer that has vanished is noticed after 20 s + 8 * 5 s = 60 s. One of these answers is enough, so
/// that 35 s of lost packets do no harm.
inline constexpr int kKeepAliveIdleSeconds = 20;
inline constexpr int kKeepAliveIntervalSeconds = 5;
inline constexpr int kKeepAliveProbes = 8;

/// Without delay, with keep-alive, urgent bytes in the stream. Does nothing to sockets of other kinds.
void set_user_options(StreamSocket& socket);

/// For a connection that stands for a serial line: without delay, little queued towards it, all read from it at once;
/// a serial server that lost power is noticed in 10 s + 3 * 3 s, also while nobody sends.
void set_line_options(StreamSocket& socket);

/// What the peer's kernel has acknowledged of what was written.
struct Acknowledged {
  bool all = true;
  /// Something was sent again, or the peer's window is probed, and no answer has come yet.
  bool asking = false;
  Duration last_heard = {};  ///< ago
};
Acknowledged acknowledged(StreamSocket& socket);

}  // namespace serialtcp::io
