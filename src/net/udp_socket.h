// What the UDP sockets of the shell have in common: datagrams in bounded turns, and errors that are none.
#pragma once

#include <boost/asio/ip/udp.hpp>

#include "os/asio.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"

namespace serialtcp::io {

using asio::ip::udp;

/// Datagrams taken from a socket before others have their turn.
inline constexpr int kDatagramsPerTurn = 64;

/// Room for any datagram, and a byte more: over IPv6 there are longer ones, which must not pass for whole
/// when they are cut.
inline constexpr std::size_t kDatagramRoom = limits::kMaxDatagram + 1;
inline Bytes datagram_buffer() {
  return Bytes(kDatagramRoom);
}

/// Calls `taken(datagram, from)` for those that wait, a turn of them at most. `buffer` has kDatagramRoom. What a socket
/// tells of earlier datagrams (nobody there, too long for a network on the way) is no reason to stop.
template <typename Taken>
void take_datagrams(udp::socket& socket, MutableByteView buffer, Taken taken) {
  for (int i = 0; i < kDatagramsPerTurn && socket.is_open(); ++i) {
    udp::endpoint from;
    ErrorCode error;
    const std::size_t size = socket.receive_from(asio::buffer(buffer.data(), buffer.size()), from, 0, error);
    if (error == asio::error::would_block) return;
    if (!error && size <= limits::kMaxDatagram) taken(ByteView(buffer).first(size), from);
  }
}

}  // namespace serialtcp::io
